/** CPU time of this process so far, in microseconds: unlike time on the clock, neighbours on the machine do not add to it. */
export function cpuMicros(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
