/** Topic of driver log lines, keyed by car. */
export const READINGS = "SmartCar-Topic";
/** Topic of what is no driver log line. */
export const POISON = "SmartCar-Topic.dead-letter";
/** HBase table of all readings, and its column family. */
export const READINGS_TABLE = "DriverCarInfo";
export const READINGS_FAMILY = "cf1";
/** Directory of HDFS with the cars' status lines, below it `wrk_date=YYYYMMDD` for each day on which they were collected. */
export const STATUS_LINES = "/pilot-pjt/collect/car-batch-log";
/** Consumer group of the topology, and its name in Storm. */
export const TOPOLOGY = "smartcar";
