import type { CycleResults, Maybe } from './results.ts';
import type { CyclingLog } from './series.ts';

/** When a scan was exposed, in hours of the log; start and end are null where only the middle is known. */
export interface Exposure {
  startH: number | null;
  timeH: number | null;
  endH: number | null;
}

/** What the log says of one scan; current and voltage over the exposure, charge from the reference scan, plated positive. */
export interface ScanElectrochemistry {
  chargeMahCm2: Maybe;
  /** Negative where lithium plates. */
  currentMaCm2: Maybe;
  voltageV: Maybe;
  cycle: Maybe;
  step: 'plating' | 'stripping' | 'rest' | null;
  /** The thickness of that charge as dense lithium. */
  electrochemicalUm: Maybe;
  notes: string[];
}

/** Current of one sign, rests and blips within it included. */
export interface HalfCycle {
  step: 'plating' | 'stripping';
  /** From 1; a cycle begins with plating. */
  cycle: number;
  startH: number;
  endH: number;
  /** Charge passed, positive. */
  chargeMah: number;
}

export interface ScanThickness {
  um: number;
  /** k = 2; null where it is not known. */
  uncertaintyUm: Maybe;
}

/** Below this part of the largest lasting current the cell rests. */
const DEAD_BAND = 0.01;
/** Opposite charge below this part of the largest half cycle is a blip (an impedance measurement, a switch), not a half cycle. */
const BLIP = 0.005;
/** A change whose neighbour goes on the same way by at least this part of it is a glide, and a step otherwise. */
const TREND = 0.2;
/** Half the time around the middle that stands for an exposure of unknown length. */
const MINUTE_H = 1 / 60;

/**
 * Current, charge and voltage of a log at any time. Between two rows the current glides; where it changes its sign, or
 * steps from one value to another, it stays until the row that first shows the new value. Before the log and after its
 * end no current flows.
 */
export class ChargeCurve {
  readonly startH: number;
  readonly endH: number;
  /** mA; the cell rests below it. */
  readonly deadBandMa: number;
  #log: CyclingLog;
  /** Slope of the current after each row, mA/h. */
  #slope: Float64Array;
  /** ∫ I dt and ∫∫ I dt dt up to each row. */
  #charge: Float64Array;
  #chargeHours: Float64Array;

  /** `log` has rows in order of time; throws an Error when it has none. */
  constructor(log: CyclingLog) {
    const { timeH, currentMa } = log;
    if (timeH.length === 0) throw new Error('the cycling log has no rows');
    this.#log = log;
    this.startH = timeH[0];
    this.endH = timeH[timeH.length - 1];
    this.deadBandMa = DEAD_BAND * lastingCurrent(currentMa);
    const rows = timeH.length;
    this.#slope = new Float64Array(rows);
    this.#charge = new Float64Array(rows);
    this.#chargeHours = new Float64Array(rows);
    for (let i = 0; i + 1 < rows; i++) {
      const duration = timeH[i + 1] - timeH[i];
      const change = currentMa[i + 1] - currentMa[i];
      this.#slope[i] = duration > 0 && !this.#steps(i) ? change / duration : 0;
      this.#charge[i + 1] = this.#chargeIn(i, duration);
      this.#chargeHours[i + 1] = this.#chargeHoursIn(i, duration);
    }
  }

  /** ∫ I dt from the log's start, mAh; lithium plates where it falls. */
  chargeMah(timeH: number): number {
    if (timeH <= this.startH) return 0;
    const row = this.#rowAt(timeH);
    return this.#chargeIn(row, Math.min(timeH, this.endH) - this.#log.timeH[row]);
  }

  /** The mean of `chargeMah` between two times. */
  meanChargeMah(fromH: number, toH: number): number {
    if (!(toH > fromH)) return this.chargeMah(fromH);
    return (this.#chargeHoursAt(toH) - this.#chargeHoursAt(fromH)) / (toH - fromH);
  }

  /** The mean current between two times, mA; at one time, what flows just before it. */
  meanCurrentMa(fromH: number, toH: number): number {
    if (toH > fromH) return (this.chargeMah(toH) - this.chargeMah(fromH)) / (toH - fromH);
    if (fromH <= this.startH || fromH > this.endH) return 0;
    const row = this.#rowAt(fromH);
    return this.#log.currentMa[row] + this.#slope[row] * (fromH - this.#log.timeH[row]);
  }

  /** The part of the time between two times in which the cell rests. */
  restShare(fromH: number, toH: number): number {
    if (!(toH > fromH)) return Math.abs(this.meanCurrentMa(fromH, fromH)) <= this.deadBandMa ? 1 : 0;
    let active = 0;
    for (const { from, to, sign } of this.#intervals(fromH, toH)) if (sign !== 0) active += to - from;
    return 1 - active / (toH - fromH);
  }

  /**
   * The median of the voltage between two times, each value weighted by how long it lasted: the spike that a scan's
   * radiation puts on it does not count. Null where the log has no row.
   */
  voltageV(fromH: number, toH: number): Maybe {
    const { timeH, voltageV } = this.#log;
    const pieces: { value: number; weight: number }[] = [];
    for (const { row, from, to } of this.#intervals(fromH, toH)) {
      const next = Math.min(row + 1, timeH.length - 1);
      const duration = timeH[next] - timeH[row];
      const at = (time: number) =>
        duration > 0
          ? voltageV[row] + ((voltageV[next] - voltageV[row]) * (time - timeH[row])) / duration
          : voltageV[row];
      pieces.push({ value: (at(from) + at(to)) / 2, weight: to - from });
    }
    pieces.sort((a, b) => a.value - b.value);
    const half = pieces.reduce((sum, { weight }) => sum + weight, 0) / 2;
    let passed = 0;
    for (const { value, weight } of pieces) if ((passed += weight) >= half && half > 0) return value;
    return null;
  }

  /** Plating and stripping in order of time. Rests belong to no half cycle, or lie within one. */
  halfCycles(): HalfCycle[] {
    const halves: { sign: number; startH: number; endH: number; charge: number }[] = [];
    for (const { from, to, sign } of this.#intervals(this.startH, this.endH)) {
      if (sign === 0) continue;
      const charge = Math.abs(this.chargeMah(to) - this.chargeMah(from));
      const last = halves[halves.length - 1];
      if (last?.sign === sign) {
        last.endH = to;
        last.charge += charge;
      } else halves.push({ sign, startH: from, endH: to, charge });
    }
    const largest = halves.reduce((most, { charge }) => Math.max(most, charge), 0);
    const isBlip = ({ charge }: { charge: number }) => charge < BLIP * largest;
    const lasting: typeof halves = [];
    for (const half of halves) {
      if (isBlip(half)) continue;
      const last = lasting[lasting.length - 1];
      if (last?.sign === half.sign) {
        last.endH = half.endH;
        last.charge += half.charge;
      } else lasting.push({ ...half });
    }
    let cycle = 0;
    return lasting.map(({ sign, startH, endH, charge }, index) => {
      if (index === 0 || sign < 0) cycle++;
      return { step: sign < 0 ? 'plating' : 'stripping', cycle, startH, endH, chargeMah: charge };
    });
  }

  #steps(row: number): boolean {
    const { currentMa } = this.#log;
    const change = currentMa[row + 1] - currentMa[row];
    if (Math.abs(change) <= this.deadBandMa) return false;
    if (this.#sign(currentMa[row]) * this.#sign(currentMa[row + 1]) < 0) return true;
    const goesOn = (from: number) =>
      from >= 0 &&
      from + 1 < currentMa.length &&
      (currentMa[from + 1] - currentMa[from]) * Math.sign(change) >= TREND * Math.abs(change);
    return !goesOn(row - 1) && !goesOn(row + 1);
  }

  #sign(currentMa: number): number {
    return Math.abs(currentMa) <= this.deadBandMa ? 0 : Math.sign(currentMa);
  }

  /** The pieces of a span of time that lie between two rows each, with the sign of their current. */
  *#intervals(fromH: number, toH: number): Generator<{ row: number; from: number; to: number; sign: number }> {
    const { timeH, currentMa } = this.#log;
    for (let row = this.#rowAt(Math.max(fromH, this.startH)); row + 1 < timeH.length && timeH[row] < toH; row++) {
      const from = Math.max(fromH, timeH[row]);
      const to = Math.min(toH, timeH[row + 1]);
      if (to <= from) continue;
      const middle = (timeH[row + 1] - timeH[row]) / 2;
      yield { row, from, to, sign: this.#sign(currentMa[row] + this.#slope[row] * middle) };
    }
  }

  /** The last row before a time (or at the start). */
  #rowAt(time: number): number {
    const { timeH } = this.#log;
    let low = 0;
    let high = timeH.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (timeH[middle] < time) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #chargeIn(row: number, hours: number): number {
    return this.#charge[row] + this.#log.currentMa[row] * hours + (this.#slope[row] * hours ** 2) / 2;
  }

  #chargeHoursIn(row: number, hours: number): number {
    const current = (this.#log.currentMa[row] * hours ** 2) / 2 + (this.#slope[row] * hours ** 3) / 6;
    return this.#chargeHours[row] + this.#charge[row] * hours + current;
  }

  #chargeHoursAt(timeH: number): number {
    if (timeH <= this.startH) return 0;
    const row = this.#rowAt(timeH);
    const inside = this.#chargeHoursIn(row, Math.min(timeH, this.endH) - this.#log.timeH[row]);
    return inside + Math.max(0, timeH - this.endH) * this.#charge[this.#charge.length - 1];
  }
}

/**
 * Charge, current, voltage, cycle and step of each scan. `reference` is the scan that charge is counted from, one for all
 * or one a scan; `areaMm2` the working electrode's. What the log does not tell is null, with a note.
 */
export function electrochemistryOf(
  log: CyclingLog | null,
  exposures: readonly Exposure[],
  {
    reference,
    areaMm2,
    umPerMahCm2,
  }: { reference: number | readonly number[]; areaMm2: number | null; umPerMahCm2: number },
): ScanElectrochemistry[] {
  const nothing = (note: string): ScanElectrochemistry => ({
    chargeMahCm2: null,
    currentMaCm2: null,
    voltageV: null,
    cycle: null,
    step: null,
    electrochemicalUm: null,
    notes: [note],
  });
  if (!log || log.timeH.length === 0)
    return exposures.map(() => nothing(log ? 'the cycling log has no rows' : 'there is no cycling log'));
  const curve = new ChargeCurve(log);
  const halves = curve.halfCycles();
  const spans = exposures.map((exposure) => spanOf(exposure, curve));
  return exposures.map((_, index) => {
    const span = spans[index];
    if (typeof span === 'string') return nothing(span);
    const { fromH, toH, quarterH } = span;
    const { step, cycle } = stepAt(curve, halves, span);
    const notes: string[] = [];
    const logged = toH >= curve.startH && fromH <= curve.endH;
    const seen = fromH === toH ? [fromH - MINUTE_H, toH + MINUTE_H] : [fromH, toH];
    const result: ScanElectrochemistry = {
      ...nothing(''),
      voltageV: logged ? curve.voltageV(seen[0], seen[1]) : null,
      cycle,
      step,
      notes,
    };
    if (quarterH > curve.endH || !logged) notes.push('it was taken outside the time of the cycling log');
    if (areaMm2 === null) {
      notes.push('charge needs the area of the working electrode');
      return result;
    }
    const perCm2 = 100 / areaMm2;
    result.currentMaCm2 = curve.meanCurrentMa(fromH, toH) * perCm2;
    const from = spans[typeof reference === 'number' ? reference : reference[index]];
    if (from === undefined || typeof from === 'string') {
      notes.push('charge cannot be counted from the reference scan, whose time the log does not cover');
      return result;
    }
    const passed = curve.meanChargeMah(fromH, toH) - curve.meanChargeMah(from.fromH, from.toH);
    result.chargeMahCm2 = passed === 0 ? 0 : -passed * perCm2;
    result.electrochemicalUm = result.chargeMahCm2 * umPerMahCm2;
    return result;
  });
}

/**
 * Coulombic efficiencies of each cycle relative to its own start: from the log, stripped over plated charge; from the
 * scans, (plate end − strip end) / (plate end − cycle start) in thickness, uncertainty k = 2 with the three thicknesses
 * independent. `residualUm` is strip end − cycle start. `extrapolatedUm` is the thickness at the true end of plating
 * where current flowed on after the last scan of it. Scans with a null thickness are passed over.
 */
export function cyclesOf(
  log: CyclingLog | null,
  exposures: readonly Exposure[],
  thickness: readonly (ScanThickness | null)[],
  { areaMm2, umPerMahCm2 }: { areaMm2: number | null; umPerMahCm2: number },
): CycleResults[] {
  if (!log || log.timeH.length === 0) return [];
  const curve = new ChargeCurve(log);
  const halves = curve.halfCycles();
  const spans = exposures.map((exposure) => spanOf(exposure, curve));
  const halfOf = spans.map((span) => (typeof span === 'string' ? null : latestHalf(halves, span)));
  /** The last usable scan of a half cycle and the rest behind it, or of all before it. */
  const lastScan = (fits: (half: number) => boolean): Maybe => {
    let last: Maybe = null;
    let latest = Number.NEGATIVE_INFINITY;
    for (const [scan, half] of halfOf.entries()) {
      const span = spans[scan];
      if (half === null || typeof span === 'string' || !thickness[scan] || !fits(half) || span.middleH < latest)
        continue;
      last = scan;
      latest = span.middleH;
    }
    return last;
  };
  const cycles: CycleResults[] = [];
  for (let index = 1; index <= (halves[halves.length - 1]?.cycle ?? 0); index++) {
    const plating = halves.findIndex((half) => half.cycle === index && half.step === 'plating');
    const stripping = halves.findIndex((half) => half.cycle === index && half.step === 'stripping');
    const start = plating < 0 ? null : lastScan((half) => half < plating);
    const plateEndScan = plating < 0 ? null : lastScan((half) => half === plating);
    const stripEndScan = stripping < 0 ? null : lastScan((half) => half === stripping);
    const [before, plated, stripped] = [start, plateEndScan, stripEndScan].map((scan) =>
      scan === null ? null : thickness[scan],
    );
    const efficiency = before && plated && stripped ? tomographicEfficiency(before, plated, stripped) : null;
    cycles.push({
      index,
      plateEndScan,
      stripEndScan,
      ceTomography: efficiency?.value ?? null,
      ceElectrochemistry: plating < 0 || stripping < 0 ? null : halves[stripping].chargeMah / halves[plating].chargeMah,
      uncertainty: efficiency?.uncertainty ?? null,
      residualUm: before && stripped ? stripped.um - before.um : null,
      extrapolatedUm:
        plated && areaMm2 !== null
          ? extrapolated(
              curve,
              halves[plating],
              spans[plateEndScan as number] as Span,
              plated.um,
              umPerMahCm2 / areaMm2,
            )
          : null,
    });
  }
  return cycles;
}

/**
 * The scan from which each scan's cycle starts: the last one before its plating, of those that `usable` allows; null
 * before there is any.
 */
export function cycleStartScans(
  log: CyclingLog,
  exposures: readonly Exposure[],
  usable: (scan: number) => boolean = () => true,
): Maybe[] {
  const curve = new ChargeCurve(log);
  const halves = curve.halfCycles();
  const spans = exposures.map((exposure) => spanOf(exposure, curve));
  return spans.map((span) => {
    if (typeof span === 'string') return null;
    const cycle = halves[latestHalf(halves, span)]?.cycle ?? 1;
    const first = halves.findIndex((half) => half.cycle === cycle);
    let start: Maybe = null;
    let latest = Number.NEGATIVE_INFINITY;
    for (const [scan, other] of spans.entries()) {
      if (typeof other === 'string' || !usable(scan) || other.middleH < latest) continue;
      if (latestHalf(halves, other) >= Math.max(first, 0)) continue;
      start = scan;
      latest = other.middleH;
    }
    return start;
  });
}

interface Span {
  fromH: number;
  toH: number;
  middleH: number;
  /**
   * A scan counts to what flowed at the first quarter of its exposure: one taken across the switch, as at the end of each
   * half cycle, belongs to the half cycle that ends.
   */
  quarterH: number;
}

/** A scan's time as the log can use it, or why it cannot. */
function spanOf({ startH, timeH, endH }: Exposure, curve: ChargeCurve): Span | string {
  const middleH = timeH ?? (startH !== null && endH !== null ? (startH + endH) / 2 : null);
  if (middleH === null) return 'its time is not known';
  const known = startH !== null && endH !== null && endH > startH;
  const [fromH, toH] = known ? [startH, endH] : [middleH, middleH];
  const quarterH = known ? middleH - (toH - fromH) / 4 : middleH - MINUTE_H;
  const restsAtEnd = Math.abs(curve.meanCurrentMa(curve.endH, curve.endH)) <= curve.deadBandMa;
  if (quarterH > curve.endH && !restsAtEnd)
    return 'it was taken after the end of the cycling log, while current flowed';
  return { fromH, toH, middleH, quarterH };
}

/** Index of the last half cycle that had begun; -1 before the first. */
function latestHalf(halves: HalfCycle[], { quarterH }: Span): number {
  return halves.findLastIndex((half) => half.startH < quarterH);
}

function stepAt(curve: ChargeCurve, halves: HalfCycle[], span: Span): Pick<ScanElectrochemistry, 'step' | 'cycle'> {
  const half = halves[latestHalf(halves, span)];
  const cycle = half?.cycle ?? 1;
  const within = half !== undefined && span.quarterH <= half.endH;
  const rests = !within || curve.restShare(span.fromH, span.toH) > 0.5;
  return { cycle, step: rests ? 'rest' : half.step };
}

function tomographicEfficiency(
  before: ScanThickness,
  plated: ScanThickness,
  stripped: ScanThickness,
): { value: number; uncertainty: Maybe } | null {
  const gained = plated.um - before.um;
  if (!(gained > Math.hypot(plated.uncertaintyUm ?? 0, before.uncertaintyUm ?? 0))) return null;
  const value = (plated.um - stripped.um) / gained;
  if (before.uncertaintyUm === null || plated.uncertaintyUm === null || stripped.uncertaintyUm === null)
    return { value, uncertainty: null };
  const uncertainty =
    Math.hypot((1 - value) * plated.uncertaintyUm, stripped.uncertaintyUm, value * before.uncertaintyUm) / gained;
  return { value, uncertainty };
}

function extrapolated(curve: ChargeCurve, half: HalfCycle, span: Span, um: number, umPerMah: number): Maybe {
  const tolerance = Math.max((span.toH - span.fromH) / 2, MINUTE_H);
  if (half.endH - span.middleH <= tolerance) return null;
  const more = curve.chargeMah(half.endH) - curve.meanChargeMah(span.fromH, span.toH);
  return um - more * umPerMah * 100;
}

/** The largest current that two rows in turn show: a single wild row is no measure of the rest. */
function lastingCurrent(currentMa: readonly number[]): number {
  let lasting = 0;
  let largest = 0;
  for (let i = 0; i < currentMa.length; i++) {
    const size = Math.abs(currentMa[i]);
    largest = Math.max(largest, size);
    if (i > 0) lasting = Math.max(lasting, Math.min(size, Math.abs(currentMa[i - 1])));
  }
  return lasting || largest;
}
