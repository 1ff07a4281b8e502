import { floor125 } from '../../core/steps_1_2_5.ts';

/** The longest scale bar of 1, 2 or 5 times a power of ten that is at most `most` CSS pixels long. */
export function scaleBar(umPerPixel: number, most: number): { pixels: number; label: string } {
  const um = floor125(umPerPixel * most);
  return { pixels: um / umPerPixel, label: lengthLabel(um) };
}

function lengthLabel(um: number): string {
  if (um >= 1000) return `${um / 1000} mm`;
  if (um < 1) return `${Number((um * 1000).toPrecision(3))} nm`;
  return `${um} µm`;
}

/** Draws a bar with its length in the lower right of a 2D canvas; `ratio` device pixels a CSS pixel. */
export function drawScaleBar(
  context: CanvasRenderingContext2D,
  umPerPixel: number,
  width: number,
  height: number,
  theme: 'dark' | 'light',
): void {
  const { pixels, label } = scaleBar(umPerPixel, Math.min(140, width * 0.3));
  const [right, bottom] = [width - 14, height - 14];
  const [ink, halo] = theme === 'dark' ? ['#f2f3f4', 'rgba(0,0,0,.75)'] : ['#16181a', 'rgba(255,255,255,.8)'];
  context.save();
  context.font = '600 12px "Inter Variable", Inter, system-ui, sans-serif';
  context.textAlign = 'center';
  context.textBaseline = 'alphabetic';
  context.lineJoin = 'round';
  context.lineWidth = 3;
  context.strokeStyle = halo;
  context.strokeText(label, right - pixels / 2, bottom - 8);
  context.strokeRect(right - pixels, bottom - 3, pixels, 3);
  context.fillStyle = ink;
  context.fillText(label, right - pixels / 2, bottom - 8);
  context.fillRect(right - pixels, bottom - 3, pixels, 3);
  context.restore();
}
