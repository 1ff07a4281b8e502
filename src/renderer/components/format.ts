/** Numbers as people read them: as many digits as help, the unit beside them, a dash for what is not known. */
export const UNKNOWN = '–';

/** Thin spaces between thousands: 23 104. */
export function grouped(value: number | string): string {
  const [whole, part] = String(value).split('.');
  const digits = whole!.replace(/\B(?=(\d{3})+(?!\d))/g, '\u202f');
  return part === undefined ? digits : `${digits}.${part}`;
}

export function fixed(value: number | null | undefined, decimals: number): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return UNKNOWN;
  const text = value.toFixed(decimals).replace(/^-(0(?:\.0*)?)$/, '$1');
  return grouped(text).replace('-', '−');
}

/** Digits that a number's size asks for: three of them, none after the point from a thousand on. */
export function digits(value: number | null | undefined, significant = 3): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return UNKNOWN;
  if (value === 0) return '0';
  const decimals = Math.min(6, Math.max(0, significant - 1 - Math.floor(Math.log10(Math.abs(value)))));
  return fixed(value, decimals);
}

/** A grey value: counts are whole, reconstructed attenuations are not. */
export function greyText(value: number): string {
  return Math.abs(value) >= 100 ? fixed(value, 0) : digits(value, 4);
}

/** `greyText` where there may be none. */
export function greyOf(value: number | null | undefined): string {
  return value === null || value === undefined ? UNKNOWN : greyText(value);
}

/** A value with its uncertainty, both cut where the uncertainty begins: "4.85 ± 0.12". */
export function withUncertainty(value: number | null, uncertainty: number | null): string {
  if (value === null) return UNKNOWN;
  if (uncertainty === null || !(uncertainty > 0)) return digits(value);
  const decimals = Math.min(6, Math.max(0, 1 - Math.floor(Math.log10(uncertainty))));
  return `${fixed(value, decimals)} ± ${fixed(uncertainty, decimals)}`;
}

export function percent(fraction: number | null | undefined, decimals = 0): string {
  return fraction === null || fraction === undefined ? UNKNOWN : `${fixed(fraction * 100, decimals)} %`;
}

export function bytes(size: number | null): string {
  if (size === null) return UNKNOWN;
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = size < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(size) / 3));
  return `${power === 0 ? fixed(size, 0) : digits(size / 1000 ** power)} ${units[power]}`;
}

/** How long something will take yet. */
export function duration(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds)) return '';
  if (seconds < 1) return 'almost done';
  if (seconds < 90) return `${Math.round(seconds)} s left`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min left`;
  return `${fixed(seconds / 3600, 1)} h left`;
}

/** Shape as microscopists write it: x × y × z. */
export function shapeText([z, y, x]: readonly [number, number, number]): string {
  return `${x} × ${y} × ${z}`;
}

export function voxelText(size: readonly [number, number, number] | null): string {
  if (!size) return UNKNOWN;
  const [z, y, x] = size;
  return z === y && y === x ? digits(x, 4) : `${digits(x, 4)} × ${digits(y, 4)} × ${digits(z, 4)}`;
}

const LONG_AGO = 30 * 86_400;

/** "today 14:05", "yesterday", "12 days ago", "3 Mar 2026". */
export function whenText(iso: string, now = new Date()): string {
  const then = new Date(iso);
  if (Number.isNaN(then.getTime())) return '';
  const midnight = new Date(now).setHours(0, 0, 0, 0);
  if (then.getTime() >= midnight)
    return `today ${then.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })}`;
  const days = Math.ceil((midnight - then.getTime()) / 86_400_000);
  if (days === 1) return 'yesterday';
  return days * 86_400 < LONG_AGO
    ? `${days} days ago`
    : then.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
}
