import { cpuUsage } from "node:process";

/** CPU time of `work` in milliseconds, what is collected of it included; the first rounds, which compile it, are not counted. */
export async function cpuMsOf(rounds: number, work: (round: number) => void | Promise<void>): Promise<number> {
  const warmUp = Math.floor(rounds / 4);
  for (let round = 0; round < warmUp; round += 1) await work(round);
  const before = cpuUsage();
  for (let round = warmUp; round < rounds; round += 1) await work(round);
  const { user, system } = cpuUsage(before);
  return (user + system) / 1_000 / (rounds - warmUp);
}
