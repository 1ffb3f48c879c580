/**
 * The longest time in which this thread itself did nothing else, in milliseconds of its own
 * processor time: neither other threads nor other processes count, however busy the machine is.
 */
export async function longestTurn(work: () => Promise<unknown>): Promise<number> {
  let longestUs = 0;
  let isOver = false;
  let before = process.threadCpuUsage();
  const look = () => {
    const { user, system } = process.threadCpuUsage(before);
    longestUs = Math.max(longestUs, user + system);
    before = process.threadCpuUsage();
    if (!isOver) setImmediate(look);
  };
  setImmediate(look);
  await work();
  isOver = true;
  look();
  return longestUs / 1_000;
}
