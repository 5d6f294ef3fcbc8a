/** This test run, which is one process whatever files it runs: its workers' parent. */
export const TEST_RUN = String(process.ppid);
