package lab.smartcar;

/** The topic that readings come from, for who must look back into it. Lines that are no reading are passed over. */
interface ReadingLog {
  /** The partition's committed offset: nothing before it comes again. Where none is committed, that is the oldest record. */
  long committed(int partition) throws Exception;

  /** Offset of the partition's oldest record. */
  long oldest(int partition) throws Exception;

  /** Time of the first reading at or after an offset and before another, or -1 when there is none. */
  long timeAt(int partition, long from, long to) throws Exception;

  /** Gives all readings from an offset to just before another, in order. What retention has removed is left out, and logged. */
  void read(int partition, long from, long to, Each each) throws Exception;

  /** Gives back what looking into it has taken; it can be looked into again. */
  void release();

  /** Takes a reading. */
  interface Each {
    void accept(long offset, Reading reading);
  }
}
