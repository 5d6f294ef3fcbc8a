package lab.smartcar;

/** A car that broke the rule, and the reading at which it did: `date` is {@code yyyyMMddHHmmss} in Seoul. */
record Speeding(String carNumber, String date) {}
