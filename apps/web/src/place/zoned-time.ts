/** The date and time of day of a moment in a zone, as the fields of a form have them. */
export function inZone(at: number, timeZone: string): { date: string; time: string } {
  const parts = Object.fromEntries(
    new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
    })
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  return { date: `${parts.year}-${parts.month}-${parts.day}`, time: `${parts.hour}:${parts.minute}` };
}

/**
 * The moment of a date and time of day in a zone; undefined while a field is empty. A time that a
 * change to summer time leaves out becomes the one an hour later.
 */
export function fromZone(date: string, time: string, timeZone: string): number | undefined {
  const wanted = Date.parse(`${date}T${time}Z`);
  if (Number.isNaN(wanted)) return undefined;
  const offset = (at: number) => {
    const there = inZone(at, timeZone);
    return Date.parse(`${there.date}T${there.time}Z`) - at;
  };
  // Again with the offset there: a change of the clock may lie between the two.
  return wanted - offset(wanted - offset(wanted));
}

/** The zone of this browser. */
export function ownZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}
