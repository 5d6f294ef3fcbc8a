import { type ChildProcess, spawn } from "node:child_process";
import { run } from "../../../cluster/core/run";

const NAME = "lab-stranger";
const [OURS, THEIRS] = ["lab-str0", "lab-str1"];

/** The machine's address towards the stranger; of a range reserved for tests of networks. */
export const MACHINE_ADDRESS = "198.18.255.1";
/** The stranger's address: to pods it is the outside world. */
export const STRANGER_ADDRESS = "198.18.255.2";

/** Connects by TCP; prints `yes`, or `no` and why. Perl is in every Debian, the smallest image included. */
export const CONNECT = [
  "perl",
  "-MIO::Socket::INET",
  "-e",
  '$s = IO::Socket::INET->new(PeerAddr => $ARGV[0], PeerPort => $ARGV[1], Timeout => 3); print $s ? "yes" : "no $@"',
];

/** Answers every TCP connection on a port. */
export const SERVE = [
  "perl",
  "-MIO::Socket::INET",
  "-e",
  "$SIG{TERM} = sub { exit }; $s = IO::Socket::INET->new(LocalPort => $ARGV[0], Listen => 9, ReuseAddr => 1) or die $!; while (1) { close $_ if $_ = $s->accept }",
];

/** Another computer next to this one: a network namespace that is no pod, with this machine as its router. */
export class Stranger {
  private server: ChildProcess | undefined;

  /** Makes it, with a server on `port`. */
  async arrive(port: number): Promise<void> {
    await this.leave();
    const inside = (...args: string[]) => run("ip", ["-n", NAME, ...args]);
    await run("ip", ["netns", "add", NAME]);
    await run("ip", ["link", "add", OURS, "type", "veth", "peer", "name", THEIRS, "netns", NAME]);
    await run("ip", ["address", "add", `${MACHINE_ADDRESS}/30`, "dev", OURS]);
    await run("ip", ["link", "set", OURS, "up"]);
    await inside("address", "add", `${STRANGER_ADDRESS}/30`, "dev", THEIRS);
    await inside("link", "set", THEIRS, "up");
    await inside("link", "set", "lo", "up");
    await inside("route", "add", "default", "via", MACHINE_ADDRESS);
    this.server = spawn("ip", ["netns", "exec", NAME, ...SERVE, String(port)], { stdio: "ignore" });
  }

  /** Whether it can open a TCP connection. */
  async reaches(address: string, port: number): Promise<boolean> {
    const { stdout } = await run("ip", ["netns", "exec", NAME, ...CONNECT, address, String(port)]);
    return stdout === "yes";
  }

  /** Removes it. */
  async leave(): Promise<void> {
    this.server?.kill("SIGKILL");
    await run("ip", ["netns", "delete", NAME]).catch(() => undefined);
    await run("ip", ["link", "delete", OURS]).catch(() => undefined);
  }
}
