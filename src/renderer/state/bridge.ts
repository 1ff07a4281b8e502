import type { DesktopBridge } from '../../contract/desktop.ts';

/** What the desktop's preload offers; null in a browser. */
export function bridge(): DesktopBridge | null {
  return (globalThis as { tomolapse?: DesktopBridge }).tomolapse ?? null;
}
