import { colourTable, TABLE_STEPS } from '../../core/colour_maps.ts';
import type { OverlayPlan } from '../../core/movie/plan.ts';
import { fixed } from '../../core/plot/look.ts';
import { decimalsOf, roundAxis } from '../../core/steps_1_2_5.ts';
import { FONT, sheet, THEMES, type Theme } from './look.ts';

type Context = CanvasRenderingContext2D;
export type Logos = ReadonlyMap<string, CanvasImageSource & { width: number; height: number }>;

/** Distance from the edges of an area as a share of the picture's height; between what stands there, in heights of letters. */
const MARGIN = 0.03;
const GAP = 0.42;
const AXIS_COLOURS = { x: '#e0605a', y: '#5fae5a', z: '#5b8fe0' } as const;

/** Something to be drawn at a place of its own, as large as it is. */
interface Block {
  width: number;
  height: number;
  draw(x: number, y: number): void;
}

/** Draws overlays over a picture: those at the same edge of an area below one another, in their order. */
export function paintOverlays(
  overlays: readonly OverlayPlan[],
  on: Context,
  theme: Theme,
  logos: Logos,
  greyWindow: [number, number],
): void {
  const stacks = new Map<string, { overlay: OverlayPlan; block: Block }[]>();
  for (const overlay of overlays) {
    if (overlay.kind === 'arrow' || overlay.kind === 'oval') {
      pinned(overlay, on, theme);
      continue;
    }
    const block = blockOf(overlay, on, theme, logos, greyWindow);
    if (!block) continue;
    const { left, top, width, height } = overlay.area;
    const key = [left, top, width, height, overlay.place].join('/');
    const stack = stacks.get(key) ?? [];
    stacks.set(key, stack);
    stack.push({ overlay, block });
  }
  for (const stack of stacks.values()) placeStack(stack, on);
}

function placeStack(stack: { overlay: OverlayPlan; block: Block }[], on: Context): void {
  const { area, place } = stack[0]!.overlay;
  const gap = (k: number) => (k === 0 ? 0 : GAP * stack[k]!.overlay.letters);
  const margin = Math.min(MARGIN * on.canvas.height, area.height / 4);
  const whole = stack.reduce((sum, { block }, k) => sum + gap(k) + block.height, 0);
  const { left, top, width, height } = area;
  let y = place.startsWith('top')
    ? top + margin
    : place.startsWith('bottom')
      ? top + height - margin - whole
      : top + (height - whole) / 2;
  for (const [k, { overlay, block }] of stack.entries()) {
    y += gap(k);
    const x = place.endsWith('left')
      ? left + (area.height > 3 * overlay.letters ? margin : 0)
      : place.endsWith('right')
        ? left + width - margin - block.width
        : left + (width - block.width) / 2;
    on.globalAlpha = overlay.opacity;
    block.draw(Math.round(x), Math.round(y));
    on.globalAlpha = 1;
    y += block.height;
  }
}

function font(on: Context, letters: number, weight = 500): void {
  on.font = `${weight} ${letters}px ${FONT}`;
  on.fontKerning = 'normal';
  on.textBaseline = 'alphabetic';
}

/** Words with a halo: to be read over whatever lies below. */
function written(on: Context, text: string, x: number, y: number, letters: number, ink: string, halo: string): void {
  on.lineJoin = 'round';
  on.lineWidth = letters * 0.16;
  on.strokeStyle = halo;
  on.strokeText(text, x, y);
  on.fillStyle = ink;
  on.fillText(text, x, y);
}

function blockOf(
  overlay: OverlayPlan,
  on: Context,
  theme: Theme,
  logos: Logos,
  greyWindow: [number, number],
): Block | null {
  const { letters } = overlay;
  const { ink, faintInk, halo } = THEMES[theme];
  switch (overlay.kind) {
    case 'words': {
      const weight = { number: 600, title: 600, caption: 500, mark: 500 }[overlay.weight];
      const colour = overlay.weight === 'mark' ? faintInk : ink;
      font(on, letters, weight);
      // Digits as wide as one another: a running number does not shake.
      const lines = overlay.text.split('\n');
      const width = Math.max(...lines.map((line) => widthOf(on, line, letters)));
      const right = overlay.place.endsWith('right');
      const centred = !right && !overlay.place.endsWith('left');
      return {
        width,
        height: lines.length * letters * 1.18,
        draw: (x, y) => {
          font(on, letters, weight);
          lines.forEach((line, k) => {
            const own = widthOf(on, line, letters);
            const from = right ? x + width - own : centred ? x + (width - own) / 2 : x;
            tabular(on, line, from, y + (k + 0.92) * letters * 1.18 - 0.1 * letters, letters, colour, halo);
          });
        },
      };
    }
    case 'scaleBar': {
      font(on, letters);
      const words = on.measureText(overlay.text).width;
      const width = Math.max(words, overlay.pixels);
      const thick = Math.max(2, Math.round(letters * 0.2));
      return {
        width,
        height: letters * 1.25 + thick,
        draw: (x, y) => {
          font(on, letters);
          written(on, overlay.text, x + (width - words) / 2, y + letters * 0.9, letters, ink, halo);
          const left = x + (width - overlay.pixels) / 2;
          on.fillStyle = halo;
          on.fillRect(left - 2, y + letters * 1.25 - 2, overlay.pixels + 4, thick + 4);
          on.fillStyle = ink;
          on.fillRect(left, y + letters * 1.25, overlay.pixels, thick);
        },
      };
    }
    case 'legend': {
      font(on, letters, 500);
      const row = letters * 1.45;
      const width = Math.max(...overlay.entries.map(({ text }) => on.measureText(text).width)) + letters * 1.2;
      return {
        width,
        height: overlay.entries.length * row - 0.3 * letters,
        draw: (x, y) => {
          font(on, letters, 500);
          overlay.entries.forEach(({ colour, text }, k) => {
            const side = letters * 0.72;
            const top = y + k * row + letters * 0.2;
            on.fillStyle = colour;
            on.beginPath();
            on.roundRect(x, top, side, side, side * 0.2);
            on.lineWidth = letters * 0.12;
            on.strokeStyle = halo;
            on.stroke();
            on.fill();
            written(on, text, x + letters * 1.2, top + side * 0.97, letters, ink, halo);
          });
        },
      };
    }
    case 'colourBar':
      return colourBar({ ...overlay, limits: overlay.limits ?? greyWindow }, on, theme);
    case 'axes': {
      const arm = letters * 1.9;
      const room = letters * 1.1;
      return {
        width: 2 * (arm + room),
        height: 2 * (arm + room),
        draw: (x, y) => {
          const [cx, cy] = [x + arm + room, y + arm + room];
          font(on, letters, 600);
          for (const { axis, right, down } of overlay.axes) {
            const size = Math.hypot(right, down);
            if (size < 0.12) continue;
            on.lineWidth = Math.max(1.5, letters * 0.1);
            arrowLine(on, cx, cy, cx + right * arm, cy + down * arm, letters * 0.36, AXIS_COLOURS[axis]);
            const [tx, ty] = [
              cx + right * arm + (right / size) * room * 0.6,
              cy + down * arm + (down / size) * room * 0.6,
            ];
            written(on, axis, tx - on.measureText(axis).width / 2, ty + letters * 0.3, letters, ink, halo);
          }
        },
      };
    }
    case 'logo': {
      const picture = logos.get(overlay.file);
      if (!picture) return null;
      const width = (overlay.pixels * picture.width) / picture.height;
      return {
        width,
        height: overlay.pixels,
        draw: (x, y) => {
          on.imageSmoothingQuality = 'high';
          on.drawImage(picture, x, y, width, overlay.pixels);
        },
      };
    }
    default:
      return null;
  }
}

/** Advance of a text whose digits are all as wide as a zero. */
function widthOf(on: Context, text: string, _letters: number): number {
  let width = 0;
  const digit = on.measureText('0').width;
  for (const run of runs(text)) width += /^\d/.test(run) ? digit * run.length : on.measureText(run).width;
  return width;
}

function tabular(on: Context, text: string, x: number, y: number, letters: number, ink: string, halo: string): void {
  const digit = on.measureText('0').width;
  let at = x;
  for (const run of runs(text)) {
    if (!/^\d/.test(run)) {
      written(on, run, at, y, letters, ink, halo);
      at += on.measureText(run).width;
      continue;
    }
    for (const one of run) {
      written(on, one, at + (digit - on.measureText(one).width) / 2, y, letters, ink, halo);
      at += digit;
    }
  }
}

const runs = (text: string): string[] => text.match(/\d+|[^\d]+/g) ?? [];

function colourBar(
  {
    map,
    limits,
    name,
    letters,
    area,
    place,
  }: Extract<OverlayPlan, { kind: 'colourBar' }> & { limits: [number, number] },
  on: Context,
  theme: Theme,
): Block {
  const { ink, halo, axis } = THEMES[theme];
  const lying = place === 'top' || place === 'bottom';
  const long = Math.round((lying ? area.width : area.height) * 0.72);
  const thick = Math.round(letters * 0.7);
  const { step } = roundAxis(limits[0], limits[1], 5);
  const decimals = decimalsOf(step);
  const ticks: number[] = [];
  for (let value = Math.ceil(limits[0] / step - 1e-9) * step; value <= limits[1] + 1e-9; value += step)
    ticks.push(Number(value.toPrecision(12)));
  font(on, letters);
  const words = ticks.map((value) => fixed(value, decimals));
  const widest = Math.max(...words.map((word) => on.measureText(word).width), 0);
  const share = (value: number) => (value - limits[0]) / (limits[1] - limits[0] || 1);
  const picture = barPicture(map, lying);
  const frame = (x: number, y: number, width: number, height: number) => {
    on.imageSmoothingEnabled = true;
    on.drawImage(picture, x, y, width, height);
    on.strokeStyle = axis;
    on.lineWidth = 1;
    on.strokeRect(x + 0.5, y + 0.5, width - 1, height - 1);
  };
  if (lying)
    return {
      width: long + widest,
      height: thick + letters * 2.9,
      draw: (x, y) => {
        font(on, letters);
        const left = x + widest / 2;
        const named = on.measureText(name).width;
        written(on, name, left + (long - named) / 2, y + letters * 0.9, letters, ink, halo);
        frame(left, y + letters * 1.3, long, thick);
        ticks.forEach((value, k) => {
          const at = left + share(value) * long;
          written(
            on,
            words[k]!,
            at - on.measureText(words[k]!).width / 2,
            y + letters * 2.5 + thick,
            letters,
            ink,
            halo,
          );
        });
      },
    };
  const beside = letters * 0.45;
  return {
    width: thick + beside + widest + letters * 1.5,
    height: long + letters,
    draw: (x, y) => {
      font(on, letters);
      const top = y + letters / 2;
      frame(x, top, thick, long);
      ticks.forEach((value, k) => {
        const at = top + (1 - share(value)) * long;
        on.fillStyle = axis;
        on.fillRect(x + thick, Math.round(at), beside * 0.5, 1);
        written(on, words[k]!, x + thick + beside, at + letters * 0.35, letters, ink, halo);
      });
      on.save();
      on.translate(x + thick + beside + widest + letters * 1.2, top + long / 2);
      on.rotate(-Math.PI / 2);
      written(on, name, -on.measureText(name).width / 2, 0, letters, ink, halo);
      on.restore();
    },
  };
}

function barPicture(map: Parameters<typeof colourTable>[0], lying: boolean): HTMLCanvasElement {
  const table = colourTable(map);
  const context = sheet(lying ? TABLE_STEPS : 1, lying ? 1 : TABLE_STEPS);
  const pixels = new Uint8ClampedArray(TABLE_STEPS * 4).fill(255);
  for (let step = 0; step < TABLE_STEPS; step++) {
    const from = 3 * (lying ? step : TABLE_STEPS - 1 - step);
    pixels.set(table.subarray(from, from + 3), 4 * step);
  }
  context.putImageData(new ImageData(pixels, context.canvas.width, context.canvas.height), 0, 0);
  return context.canvas;
}

function arrowLine(on: Context, x0: number, y0: number, x1: number, y1: number, head: number, colour: string): void {
  const angle = Math.atan2(y1 - y0, x1 - x0);
  on.strokeStyle = colour;
  on.fillStyle = colour;
  on.lineCap = 'round';
  on.beginPath();
  on.moveTo(x0, y0);
  on.lineTo(x1 - Math.cos(angle) * head * 0.8, y1 - Math.sin(angle) * head * 0.8);
  on.stroke();
  on.beginPath();
  on.moveTo(x1, y1);
  for (const side of [-1, 1])
    on.lineTo(x1 - head * Math.cos(angle + side * 0.45), y1 - head * Math.sin(angle + side * 0.45));
  on.closePath();
  on.fill();
}

/** Where an arrow comes from, for each place it may have. */
const FROM: Readonly<Record<string, [number, number]>> = {
  'top-left': [-1, -1],
  top: [0, -1],
  'top-right': [1, -1],
  left: [-1, 0],
  middle: [1, -1],
  right: [1, 0],
  'bottom-left': [-1, 1],
  bottom: [0, 1],
  'bottom-right': [1, 1],
};

function pinned(overlay: Extract<OverlayPlan, { kind: 'arrow' | 'oval' }>, on: Context, theme: Theme): void {
  const { x, y, letters, opacity, area } = overlay;
  const { ink, halo } = THEMES[theme];
  on.save();
  on.beginPath();
  on.rect(area.left, area.top, area.width, area.height);
  on.clip();
  on.globalAlpha = opacity;
  if (overlay.kind === 'oval') {
    for (const [width, colour] of [
      [letters * 0.3, halo],
      [letters * 0.13, overlay.colour],
    ] as const) {
      on.strokeStyle = colour;
      on.lineWidth = Math.max(1.5, width);
      on.beginPath();
      on.arc(x, y, overlay.radius, 0, 2 * Math.PI);
      on.stroke();
    }
    on.restore();
    return;
  }
  const [dx, dy] = FROM[overlay.place]!;
  const norm = Math.hypot(dx, dy);
  const [ux, uy] = [dx / norm, dy / norm];
  const [near, far] = [letters * 0.35, letters * 3];
  const [tipX, tipY] = [x + ux * near, y + uy * near];
  const [tailX, tailY] = [x + ux * far, y + uy * far];
  for (const [width, colour, head] of [
    [letters * 0.34, halo, letters * 0.9],
    [letters * 0.15, ink, letters * 0.75],
  ] as const) {
    on.lineWidth = Math.max(1.5, width);
    arrowLine(on, tailX, tailY, tipX, tipY, head, colour);
  }
  if (overlay.text !== '') {
    font(on, letters, 600);
    const width = on.measureText(overlay.text).width;
    const left = ux > 0.1 ? tailX + letters * 0.3 : ux < -0.1 ? tailX - width - letters * 0.3 : tailX - width / 2;
    written(on, overlay.text, left, tailY + (uy < -0.5 ? -0.1 : uy > 0.5 ? 0.9 : 0.35) * letters, letters, ink, halo);
  }
  on.restore();
}
