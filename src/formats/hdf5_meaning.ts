import type { Triple } from '../core/geometry.ts';
import { HOURS, MICROMETRES } from '../core/units.ts';
import { readSmall } from './hdf5_small.ts';
import type { FoundDataset, Hdf5Tree, Place, Values } from './hdf5_tree.ts';
import type { Axes } from './hdf5_voxels.ts';
import { isoText, readInstant } from './instant.ts';

/** What a dataset is, beyond its numbers; as NeXus, Data Exchange and the programs around them say it. */
export interface Meaning {
  /** "projections", "flat fields", "dark fields"; null for volumes. */
  projections: string | null;
  voxelSizeUm: Triple | null;
  voxelSizeFrom: string | null;
  time: string | null;
  timeFrom: string | null;
  exposure: readonly [string, string] | null;
  frameTimes: (string | null)[] | null;
  notes: string[];
}

/** What the names of small datasets say, gathered once for a file. */
export class Hdf5Meanings {
  readonly #tree: Hdf5Tree;
  readonly #lengths: Named[] = [];
  readonly #times: Named[] = [];

  private constructor(tree: Hdf5Tree) {
    this.#tree = tree;
  }

  static async of(tree: Hdf5Tree): Promise<Hdf5Meanings> {
    const meanings = new Hdf5Meanings(tree);
    for (const dataset of tree.datasets) {
      const count = dataset.header.shape?.reduce((product, n) => product * n, 1) ?? 0;
      if (count < 1 || count > 3) continue;
      for (const path of dataset.paths) {
        const name = path.slice(path.lastIndexOf('/') + 1);
        if (LENGTH.test(name) || isObjectiveResolution(path)) keep(meanings.#lengths, { path, name, dataset });
        else if (TIME.test(name) && count === 1) keep(meanings.#times, { path, name, dataset });
      }
    }
    return meanings;
  }

  async of(dataset: FoundDataset, axes: Axes): Promise<Meaning> {
    const notes: string[] = [];
    const homes = await this.#homesOf(dataset);
    const projections = await this.#projections(dataset, homes);
    if (projections === 'projections') await this.#countKeys(dataset, homes, notes);
    const size =
      (await this.#sizeInAttributes(dataset)) ??
      (await this.#sizeOfAxes(dataset, homes, axes)) ??
      (await this.#sizeNamed(dataset, notes));
    const times = await this.#timesOf(dataset, notes);
    const frames = await this.#frameTimes(dataset, homes, axes, times.exposure?.[0] ?? times.time);
    return {
      projections,
      voxelSizeUm: size?.um ?? null,
      voxelSizeFrom: size?.from ?? null,
      ...times,
      timeFrom: frames?.from ?? times.timeFrom,
      frameTimes: frames?.times ?? null,
      notes,
    };
  }

  /** The dataset that the file itself names as what to show first; null where it names none. */
  async default(): Promise<FoundDataset | null> {
    const tree = this.#tree;
    let group: Place = tree.root;
    for (let depth = 0; depth < 8; depth++) {
      const attributes = await tree.attributesOf(group);
      const signal = attributes.get('signal')?.[0] ?? (await this.#marked(group));
      const next = signal ?? attributes.get('default')?.[0] ?? (await this.#onlyChild(group, depth));
      if (next === undefined || next === null) return null;
      const to = await tree.find(String(next), String(next).startsWith('/') ? tree.root : group);
      if (!to) return null;
      const dataset = tree.datasets.find(({ file, address }) => file === to.file && address === to.address);
      if (dataset) return dataset;
      group = to;
    }
    return null;
  }

  /** The dataset that an older NXdata marks as its signal by itself. */
  async #marked(group: Place): Promise<string | null> {
    if ((await this.#tree.attribute(group, 'NX_class')) !== 'NXdata') return null;
    for (const { name } of await this.#tree.linksOf(group)) {
      const child = await this.#tree.find(name, group);
      if (child && (await this.#tree.attribute(child, 'signal')) === '1') return name;
    }
    return null;
  }

  /** The one NXentry of a file, the one NXdata of an entry: what needs no word to be the default. */
  async #onlyChild(group: Place, depth: number): Promise<string | null> {
    const names: string[] = [];
    for (const link of await this.#tree.linksOf(group)) {
      const child = await this.#tree.find(link.name, group);
      const kind = child && (await this.#tree.attribute(child, 'NX_class'));
      if (kind === (depth === 0 ? 'NXentry' : 'NXdata')) names.push(link.name);
    }
    return names.length === 1 ? names[0] : null;
  }

  async #homesOf({ paths }: FoundDataset) {
    const homes: { path: string; name: string; group: Place }[] = [];
    for (const path of paths.slice(0, 16)) {
      const [home] = await this.#tree.groupsAbove(path);
      if (home) homes.push({ ...home, name: path.slice(path.lastIndexOf('/') + 1) });
    }
    return homes;
  }

  async #projections(dataset: FoundDataset, homes: Homes): Promise<string | null> {
    for (const path of dataset.paths) {
      const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
      if (/^(data_)?(white|flat)s?(_?fields?)?$/.test(name)) return 'flat fields';
      if (/^(data_)?darks?(_?fields?)?$/.test(name)) return 'dark fields';
    }
    // A reconstruction may have the angles of its projections beside it.
    if (/recon/i.test((await this.#tree.attribute(dataset, 'description')) ?? '')) return null;
    for (const { group } of homes)
      if (/^(z|y|x|voxel_[zyx])(\.|$)/i.test((await this.#axisNames(dataset, group))?.[0] ?? '')) return null;
    for (const { group } of homes) {
      const names = new Set((await this.#tree.linksOf(group)).map(({ name }) => name.toLowerCase()));
      if (TELLING.some((name) => names.has(name))) return 'projections';
      if ((await this.#tree.attribute(group, 'NX_class')) === 'NXdetector') return 'projections';
      const axes = await this.#axisNames(dataset, group);
      if (/theta|angle|rotation/i.test(axes?.[0] ?? '')) return 'projections';
    }
    for (const path of dataset.paths) {
      if (
        path
          .split('/')
          .slice(0, -1)
          .some((name) => /^detectors?$/i.test(name))
      )
        return 'projections';
      const above = await this.#tree.groupsAbove(path);
      for (const { group } of above) {
        const definition = await this.#tree.find('definition', group);
        const found = definition && (await this.#smallAt(definition));
        if (found?.[0] === 'NXtomo') return 'projections';
      }
    }
    return null;
  }

  /** NXtomo marks each image: 0 a projection, 1 a flat field, 2 a dark field. */
  async #countKeys({ header }: FoundDataset, homes: Homes, notes: string[]): Promise<void> {
    for (const { group } of homes) {
      const place = await this.#tree.find('image_key', group);
      const keys = place && (await this.#smallAt(place));
      if (!keys || keys.length !== header.shape![0]) continue;
      const count = (kind: number) => (keys as number[]).filter((key) => key === kind).length;
      notes.push(`Its image_key counts ${count(0)} projections, ${count(1)} flat fields and ${count(2)} dark fields.`);
      return;
    }
  }

  async #axisNames(dataset: FoundDataset, group: Place): Promise<string[] | null> {
    const said =
      (await this.#tree.attributesOf(group)).get('axes') ?? (await this.#tree.attributesOf(dataset)).get('axes');
    if (!said) return null;
    const names =
      said.length > 1
        ? said.map(String)
        : String(said[0])
            .replace(/^\[|\]$/g, '')
            .split(/[:,]/);
    return names.map((name) => name.trim());
  }

  /** "element_size_um" of ilastik and Fiji, "voxel_size_um" and the like: z, y, x. */
  async #sizeInAttributes(dataset: FoundDataset): Promise<Size | null> {
    const attributes = await this.#tree.attributesOf(dataset);
    for (const [name, value] of attributes) {
      const found = /^(element|voxel|pixel)_?size(?:_(m|cm|mm|um|nm))?$/i.exec(name);
      const unit = found?.[2] ?? attributes.get(`${name}_units`)?.[0] ?? attributes.get(`${name}_unit`)?.[0];
      const um = found && triple(value, unit);
      if (um) return { um, from: `attribute ${name}` };
    }
    return null;
  }

  /** The distances of the positions along the three axes, as NXdata keeps them. */
  async #sizeOfAxes(dataset: FoundDataset, homes: Homes, { space }: Axes): Promise<Size | null> {
    for (const { path, group } of homes) {
      const names = await this.#axisNames(dataset, group);
      if (!names || names.length !== dataset.header.shape?.length || space.includes(null)) continue;
      const steps = await Promise.all(space.map((axis) => this.#stepAlong(group, names[axis as number])));
      if (steps.every((step) => step !== null))
        return {
          um: steps as Triple,
          from: `axes ${space.map((axis) => names[axis as number]).join(', ')} of ${path || '/'}`,
        };
    }
    return null;
  }

  async #stepAlong(group: Place, name: string | undefined): Promise<number | null> {
    const place = name && name !== '.' ? await this.#tree.find(name, group) : null;
    if (!place) return null;
    const unit = MICROMETRES[String(await this.#tree.attribute(place, 'units')).toLowerCase()];
    const at = await this.#smallAt(place);
    if (!unit || !at || at.length < 2 || typeof at[0] !== 'number') return null;
    const positions = at as number[];
    const step = (positions[positions.length - 1] - positions[0]) / (positions.length - 1);
    const even = positions.every(
      (value, i) => i === 0 || Math.abs(value - positions[i - 1] - step) < 0.01 * Math.abs(step),
    );
    return even && step !== 0 && Number.isFinite(step) ? tidy(Math.abs(step) * unit) : null;
  }

  /** Datasets that are named like a voxel or pixel size, those of the sample before the detector's, the nearest first. */
  async #sizeNamed(dataset: FoundDataset, notes: string[]): Promise<Size | null> {
    const ranked = this.#lengths
      .map((named) => ({ ...named, rank: rankOf(named), near: nearness(dataset, named.path) }))
      .sort((a, b) => a.rank - b.rank || b.near - a.near || depthOf(a.path) - depthOf(b.path));
    for (const first of ranked) {
      const group = first.path.slice(0, first.path.length - first.name.length);
      const along = new Map<string, Named>();
      for (const named of ranked)
        if (named.rank === first.rank && named.path.startsWith(group) && depthOf(named.path) === depthOf(first.path))
          along.set(axisOf(named.name) ?? 'all', named);
      const whole = along.get('all');
      const [z, y, x] = whole
        ? [whole, whole, whole]
        : [
            along.get('z') ?? along.get('y') ?? along.get('x'),
            along.get('y') ?? along.get('x'),
            along.get('x') ?? along.get('y'),
          ];
      if (!z || !y || !x) continue;
      const parts = await Promise.all([z, y, x].map((named, axis) => this.#lengthAt(named, axis)));
      if (parts.some((part) => part === null)) {
        if (notes.length === 0) notes.push(`${first.path} has no unit of length, and is not used.`);
        continue;
      }
      const rivals = new Set<number>();
      for (const other of ranked)
        if (other.rank === first.rank && other.near === first.near && axisOf(other.name) === axisOf(first.name)) {
          const um = await this.#lengthAt(other, 0);
          if (um !== null) rivals.add(um);
        }
      if (rivals.size > 1) {
        notes.push(`It names several sizes of voxels (${[...rivals].join(', ')} µm), and none is used.`);
        return null;
      }
      if (first.rank === 2)
        notes.push(`Its voxel size is the detector's pixel (${first.path}): check the magnification.`);
      return { um: parts as unknown as Triple, from: first.path };
    }
    return null;
  }

  async #lengthAt({ name, dataset }: Named, axis: number): Promise<number | null> {
    const suffix = /_(m|cm|mm|um|nm)$/i.exec(name)?.[1];
    const described = /\((\p{L}+)\)\s*$/u.exec((await this.#tree.attribute(dataset, 'NDAttrDescription')) ?? '')?.[1];
    const unit = suffix ?? (await this.#tree.attribute(dataset, 'units')) ?? described;
    const value = await this.#smallAt(dataset);
    return value ? (triple(value, unit ?? undefined)?.[axis] ?? null) : null;
  }

  async #timesOf(dataset: FoundDataset, notes: string[]): Promise<Pick<Meaning, 'time' | 'timeFrom' | 'exposure'>> {
    const nearest = async (which: RegExp) => {
      const ranked = this.#times
        .filter(({ name }) => which.test(name))
        .map((named) => ({ ...named, near: nearness(dataset, named.path) }))
        .sort((a, b) => b.near - a.near || depthOf(a.path) - depthOf(b.path));
      const best = ranked.filter(
        ({ near, path }) => near === ranked[0].near && depthOf(path) === depthOf(ranked[0].path),
      );
      const texts = new Map<string, string>();
      for (const named of best) {
        const text = (await this.#smallAt(named.dataset))?.[0];
        const iso = typeof text === 'string' ? isoText(text) : null;
        if (iso) texts.set(iso, named.path);
      }
      if (texts.size > 1) notes.push(`It names several times (${[...texts.keys()].join(', ')}), and none is used.`);
      return texts.size === 1 ? ([...texts][0] as [string, string]) : null;
    };
    const start = await nearest(/^start/i);
    const end = await nearest(/^end/i);
    if (!start) return { time: null, timeFrom: null, exposure: null };
    const [from, to] = [readInstant(start[0])!, end && readInstant(end[0])];
    if (!end || !to || to.zoned !== from.zoned || to.milliseconds < from.milliseconds)
      return { time: start[0], timeFrom: start[1], exposure: null };
    const middle = new Date((from.milliseconds + to.milliseconds) / 2).toISOString();
    return {
      time: from.zoned ? middle : middle.replace(/Z$/, ''),
      timeFrom: `${start[1]}, ${end[1]}`,
      exposure: [start[0], end[0]],
    };
  }

  async #frameTimes(dataset: FoundDataset, homes: Homes, { frame }: Axes, start: string | null) {
    if (frame === null) return null;
    for (const { group, path } of homes) {
      const name = (await this.#axisNames(dataset, group))?.[frame];
      const place = name && name !== '.' ? await this.#tree.find(name, group) : null;
      const at = place && (await this.#smallAt(place));
      if (!place || !at || at.length !== dataset.header.shape![frame]) continue;
      const told = `${path === '' ? '' : `${path}/`}${name}`;
      if (typeof at[0] === 'string') return { from: told, times: at.map((text) => isoText(String(text))) };
      const unit = HOURS[String(await this.#tree.attribute(place, 'units')).toLowerCase()];
      const from = (await this.#tree.attribute(place, 'start')) ?? start;
      const zero = from === null ? null : readInstant(isoText(from) ?? '');
      if (!unit || !zero) continue;
      const times = (at as number[]).map((value) => {
        const instant = new Date(zero.milliseconds + value * unit * 3.6e6);
        if (!Number.isFinite(instant.getTime())) return null;
        return zero.zoned ? instant.toISOString() : instant.toISOString().replace(/Z$/, '');
      });
      return { from: told, times };
    }
    return null;
  }

  async #smallAt({ file, address }: Place): Promise<Values | null> {
    const dataset = this.#tree.datasets.find((one) => one.file === file && one.address === address);
    return dataset ? await readSmall(dataset.header) : null;
  }
}

interface Named {
  path: string;
  name: string;
  dataset: FoundDataset;
}

interface Size {
  um: Triple;
  from: string;
}

type Homes = readonly { path: string; name: string; group: Place }[];

const LENGTH =
  /^(?:(?:sample|effective|magnified)_)?(?:[xyz]_)?(?:(?:sample|effective|magnified)_)?(?:voxel|pixel)_?size(?:_[xyz])?(?:_(?:m|cm|mm|um|nm))?$/i;
const TIME = /^(start|end)_(time|date)$/i;
/** Of each kind; all are compared with each other for every volume. */
const MOST_NAMED = 64;

function keep(named: Named[], one: Named): void {
  if (named.length < MOST_NAMED) named.push(one);
}

/** Names beside projections that reconstructions do not have. */
const TELLING = ['image_key', 'rotation_angle', 'theta', 'data_white', 'data_dark', 'data_flat'];

/** Where the beamlines of the Advanced Photon Source keep the size of a pixel at the sample. */
function isObjectiveResolution(path: string): boolean {
  return /(^|\/)objective\/resolution$/i.test(path);
}

/** 0: of the voxel, or at the sample; 1: of a pixel; 2: of a pixel of the detector. */
function rankOf({ path, name }: Named): number {
  if (/voxel|sample|effective|magnified/i.test(name) || isObjectiveResolution(path)) return 0;
  return /detector/i.test(path) || /(^|\/)instrument\//i.test(path) ? 2 : 1;
}

function axisOf(name: string): string | null {
  return (/(?:^|_)([xyz])_/i.exec(name) ?? /_([xyz])(?:_(?:m|cm|mm|um|nm))?$/i.exec(name))?.[1].toLowerCase() ?? null;
}

/** How many groups two paths have in common, from the root on. */
function nearness({ paths }: FoundDataset, path: string): number {
  const parts = path.split('/').slice(0, -1);
  return Math.max(
    ...paths.map((own) => {
      const names = own.split('/').slice(0, -1);
      const apart = names.findIndex((name, i) => name !== parts[i]);
      return apart < 0 ? names.length : apart;
    }),
  );
}

function depthOf(path: string): number {
  return path.split('/').length;
}

function triple(value: Values, unit: string | number | undefined): Triple | null {
  const inUm = MICROMETRES[String(unit).trim().toLowerCase()];
  if (!inUm || (value.length !== 1 && value.length !== 3)) return null;
  const um = value.map((one) => tidy(Number(one) * inUm));
  if (!um.every((one) => one > 0 && Number.isFinite(one))) return null;
  return um.length === 3 ? (um as unknown as Triple) : [um[0], um[0], um[0]];
}

/** Undoes the rounding of float32 and of changes of unit: what agrees to seven digits with six is meant as six. */
function tidy(um: number): number {
  const short = Number(um.toPrecision(6));
  return Math.abs(short - um) <= 2e-7 * Math.abs(um) ? short : um;
}
