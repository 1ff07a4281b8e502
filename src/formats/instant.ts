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

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/**
 * A date and time as instruments write it, as ISO 8601: ISO itself, "September 25, 2020 12:41:57", "Fri Sep 25 12:41:57
 * 2020", "25-Sep-2020 12:41:57", "09/25/2020 12:41:57" and "09/25/20 12:41:57" (month first). Null for other texts.
 */
export function isoText(text: string): string | null {
  const told = text.trim();
  if (ISO.test(told)) {
    const [, year, month, day] = ISO.exec(told)!;
    const rest = told.slice(10).trim().replace(/^T/i, '').replace(',', '.').replace(/\s+/g, '');
    const iso = `${year}-${month}-${day}${rest ? `T${rest}` : ''}`;
    return readInstant(iso) ? iso : null;
  }
  const time = /(\d{1,2}):(\d{2}):(\d{2}(?:\.\d+)?)/.exec(told);
  const named =
    /([A-Za-z]{3,9})\.?\s+(\d{1,2}),?\s+(\d{4})/.exec(told) ??
    /([A-Za-z]{3})\s+(\d{1,2})\s+[\d:.]+\s+(\d{4})$/.exec(told) ??
    reordered(/(\d{1,2})[- ]([A-Za-z]{3,9})[- ](\d{4})/.exec(told));
  const numbers = /^(\d{1,2})\/(\d{1,2})\/(\d{4}|\d{2})\b/.exec(told);
  const month = named ? MONTHS.indexOf(named[1].slice(0, 3).toLowerCase()) + 1 : Number(numbers?.[1] ?? 0);
  const [, , day, year] = named ?? numbers ?? [];
  if (!time || !day || !year || month < 1) return null;
  const two = (value: string | number) => String(value).padStart(2, '0');
  // Two digits of a year: no tomograph wrote files before 1970.
  const whole = year.length === 2 ? `${Number(year) < 70 ? 20 : 19}${year}` : year;
  const iso = `${whole}-${two(month)}-${two(day)}T${two(time[1])}:${time[2]}:${two(time[3])}`;
  return readInstant(iso) ? iso : null;
}

function reordered(found: RegExpExecArray | null): string[] | null {
  return found && [found[0], found[2], found[1], found[3]];
}

/** ISO 8601 of an instant as it was read: with Z where it had a time zone. */
export function instantText(milliseconds: number, zoned: boolean): string {
  const text = new Date(milliseconds).toISOString().replace(/\.000Z$/, 'Z');
  return zoned ? text : text.slice(0, -1);
}
