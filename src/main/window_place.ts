/** A rectangle of the desktop, in its own pixels. */
export interface Bounds {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Where a window was left. */
export interface WindowPlace {
  bounds: Bounds | null;
  maximized: boolean;
}

const USUAL = { width: 1440, height: 900 };
export const LEAST = { width: 960, height: 600 };
/** As much of a window must be seen to be taken hold of. */
const SEEN = 100;

/** A kept place as JSON, or none where it cannot be understood. */
export function readPlace(text: string): WindowPlace {
  const none: WindowPlace = { bounds: null, maximized: false };
  try {
    const { bounds, maximized } = JSON.parse(text) as Partial<WindowPlace>;
    const { x, y, width, height } = bounds ?? {};
    const isPlace = [x, y, width, height].every((value) => Number.isSafeInteger(value));
    return { bounds: isPlace ? (bounds as Bounds) : null, maximized: maximized === true };
  } catch {
    return none;
  }
}

/**
 * The bounds of a new window: where the last one was, on the displays that there are now; in the middle of the system's
 * choice where that is not seen any more.
 */
export function boundsFor({ bounds }: WindowPlace, displays: readonly Bounds[]): Partial<Bounds> & typeof USUAL {
  if (!bounds) return USUAL;
  const size = { width: Math.max(LEAST.width, bounds.width), height: Math.max(LEAST.height, bounds.height) };
  const isSeen = displays.some((display) => {
    const width = Math.min(bounds.x + size.width, display.x + display.width) - Math.max(bounds.x, display.x);
    const height = Math.min(bounds.y + size.height, display.y + display.height) - Math.max(bounds.y, display.y);
    return width >= SEEN && height >= SEEN && bounds.y >= display.y;
  });
  return isSeen ? { ...bounds, ...size } : size;
}
