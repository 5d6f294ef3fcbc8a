/** What was waited for did not come; the message is one line. */
export class NotInTime extends Error {
  override readonly name = "NotInTime";
}

/** Waits for a condition, asking once a second. @throws NotInTime after `seconds` */
export async function until(seconds: number, complaint: string, check: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  while (!(await check())) {
    if (performance.now() >= deadline) throw new NotInTime(`${complaint} within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}
