import { clockOf } from './clock.ts';
import { type OverlayMoment, overlayPlan } from './overlays.ts';
import { panelPlan } from './panels.ts';
import type { Area, FramePlan, OverlayPlan, ShotPlan } from './plan.ts';
import type { MovieProject } from './project.ts';
import { MOVIE_FPS, MOVIE_SIZE, type Overlay, type Panel, type Shot, type Storyboard } from './storyboard.ts';

/** A panel's caption stands in a band above it, this many times as high as its letters. */
const BAND = 1.7;
const CAPTION = 0.026;

export interface FrameOptions {
  size?: readonly [width: number, height: number];
  fps?: number;
}

/** How long a movie lasts, seconds. */
export function secondsOf({ shots }: Pick<Storyboard, 'shots'>): number {
  return shots.reduce((sum, { seconds }) => sum + seconds, 0);
}

/** How many frames a movie has: frame k shows k/fps seconds, as long as that lies before the end. */
export function frameCount(storyboard: Pick<Storyboard, 'shots'>, fps: number): number {
  // 2.5 s at 30 a second are 75, whatever the sum of the shots leaves in the last digit.
  return Math.max(1, Math.ceil(secondsOf(storyboard) * fps - 1e-6));
}

/** The frames of a storyboard over its projects: what each shows, and nothing that is drawn. */
export class Frames {
  readonly count: number;
  readonly size: readonly [number, number];
  readonly fps: number;
  readonly #storyboard: Storyboard;
  readonly #projects: readonly MovieProject[];
  readonly #whole: Area;
  /** When each shot begins, seconds. */
  readonly #begins: number[];
  readonly #clocks: ReturnType<typeof clockOf>[][];

  /** `storyboard` was checked against the projects. */
  constructor(storyboard: Storyboard, projects: readonly MovieProject[], options: FrameOptions = {}) {
    this.#storyboard = storyboard;
    this.#projects = projects;
    this.size = options.size ?? storyboard.size ?? MOVIE_SIZE;
    this.fps = options.fps ?? storyboard.fps ?? MOVIE_FPS;
    this.count = frameCount(storyboard, this.fps);
    this.#whole = { left: 0, top: 0, width: this.size[0], height: this.size[1] };
    let begin = 0;
    this.#begins = storyboard.shots.map(({ seconds }) => (begin += seconds) - seconds);
    this.#clocks = storyboard.shots.map((shot) =>
      projects.map((project) => clockOf(shot, projects[0]!, project, storyboard.align)),
    );
  }

  /** What a frame shows. Throws a RangeError outside of 0 to `count` − 1. */
  plan(frame: number): FramePlan {
    if (!Number.isInteger(frame) || frame < 0 || frame >= this.count)
      throw new RangeError(`The movie has the frames 0 to ${this.count - 1}, not ${frame}`);
    return { frame, ...this.#at(frame / this.fps) };
  }

  #at(seconds: number): Omit<FramePlan, 'frame'> {
    const { shots: all, overlays = [], theme = 'dark' } = this.#storyboard;
    const at = Math.max(
      0,
      this.#begins.findLastIndex((begin) => begin <= seconds + 1e-9),
    );
    const within = seconds - this.#begins[at]!;
    const { transition } = all[at]!;
    const shots = [{ plan: this.#shot(at, within), weight: 1 }];
    if (at > 0 && transition && within < transition.seconds) {
      shots[0]!.weight = within / transition.seconds;
      shots.unshift({ plan: this.#shot(at - 1, all[at - 1]!.seconds), weight: 1 - shots[0]!.weight });
      if (shots[1]!.weight <= 0) shots.pop();
      if (shots.length === 1) shots[0]!.weight = 1;
    }
    const moment = this.#moment(at, within, shots.at(-1)!.plan);
    const length = secondsOf(this.#storyboard);
    return { theme, shots, overlays: planned(overlays, { ...moment, seconds, length }) };
  }

  #moment(at: number, seconds: number, { panels }: Pick<ShotPlan, 'panels'>): OverlayMoment {
    const instants = this.#clocks[at]!.map((clock) => clock(seconds));
    const { seconds: length } = this.#storyboard.shots[at]!;
    return { whole: this.#whole, panels, seconds, length, projects: this.#projects, instants };
  }

  #shot(at: number, seconds: number): ShotPlan {
    const shot = this.#storyboard.shots[at]!;
    const instants = this.#clocks[at]!.map((clock) => clock(seconds));
    const panels = shot.panels.map((panel) => {
      const project = panel.project ?? 0;
      return panelPlan(panel, {
        shot,
        seconds,
        instant: instants[project]!,
        project: this.#projects[project]!,
        projects: this.#projects,
        area: this.#below(panel),
      });
    });
    const moment = this.#moment(at, seconds, { panels });
    return { shot: at, panels, overlays: [...this.#written(shot, panels), ...planned(shot.overlays ?? [], moment)] };
  }

  /** A panel's own words: its caption, and the mark of what is interpolated. */
  #written({ panels: told }: Shot, panels: ShotPlan['panels']): OverlayPlan[] {
    const letters = Math.round(CAPTION * this.size[1]);
    return told.flatMap((panel, k): OverlayPlan[] => {
      const plan = panels[k]!;
      const { name } = this.#projects[plan.project]!.state;
      const words: OverlayPlan[] = [];
      const common = { kind: 'words', opacity: 1 } as const;
      if (panel.caption !== undefined) {
        const { left, top, width } = this.#areaOf(panel);
        const band = { left, top, width, height: plan.area.top - top };
        words.push({
          ...common,
          area: band,
          place: 'left',
          letters,
          weight: 'caption',
          text: panel.caption.replaceAll('{name}', name),
        });
      }
      if ('seen' in plan && plan.seen.how === 'interpolate')
        words.push({
          ...common,
          area: 'image' in plan ? plan.image : plan.area,
          place: 'bottom',
          letters: Math.round(0.8 * letters),
          weight: 'mark',
          text: 'interpolated',
        });
      return words;
    });
  }

  #areaOf({ rect: [x, y, width, height] }: Panel): Area {
    const [across, down] = this.size;
    const [left, top] = [Math.round(x * across), Math.round(y * down)];
    return {
      left,
      top,
      width: Math.max(1, Math.round((x + width) * across) - left),
      height: Math.max(1, Math.round((y + height) * down) - top),
    };
  }

  /** What a caption leaves of a panel. */
  #below(panel: Panel): Area {
    const area = this.#areaOf(panel);
    if (panel.caption === undefined) return area;
    const band = Math.min(area.height - 1, Math.round(BAND * CAPTION * this.size[1]));
    return { ...area, top: area.top + band, height: area.height - band };
  }
}

function planned(overlays: readonly Overlay[], moment: OverlayMoment): OverlayPlan[] {
  return overlays.flatMap((overlay) => overlayPlan(overlay, moment) ?? []);
}
