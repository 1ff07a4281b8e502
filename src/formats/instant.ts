import { badInput } from '../core/failure.ts';

/** A time of day and date. Without a zone it is compared with others without one. */
export interface Instant {
  milliseconds: number;
  zoned: boolean;
}

const ISO =
  /^(\d{4})[-/](\d{2})[-/](\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?\s*(Z|[+-]\d{2}:?\d{2})?$/i;

/** Reads ISO 8601, with a blank for T if need be; null when it is none, or no date of the calendar. */
export function readInstant(text: string): Instant | null {
  const parts = ISO.exec(text.trim());
  if (!parts) return null;
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map((part) => Number(part ?? 0));
  const fraction = Number(`0.${parts[7] ?? 0}`) * 1000;
  const utc = Date.UTC(year, month - 1, day, hour, minute, second);
  const back = new Date(utc);
  if (back.getUTCMonth() !== month - 1 || back.getUTCDate() !== day || minute > 59 || second > 59) return null;
  const zone = parts[8] ?? '';
  const [, sign, hours, minutes] = /^([+-])(\d{2}):?(\d{2})$/.exec(zone) ?? [null, '+', '0', '0'];
  const offset = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1);
  return { milliseconds: utc + fraction - offset * 60_000, zoned: zone !== '' };
}

/** Hours from one instant to another. Throws an input failure naming `path` when only one of them has a time zone. */
export function hoursBetween(from: Instant, to: Instant, path: string): number {
  if (from.zoned !== to.zoned)
    throw badInput({
      what: 'Cannot compare the times',
      path,
      why: 'some have a time zone and some have none',
      whatToDo: 'Write all with a zone (Z or +02:00) or all without',
    });
  return (to.milliseconds - from.milliseconds) / 3.6e6;
}
