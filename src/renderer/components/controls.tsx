import type { LucideIcon } from 'lucide-react';
import { Checkbox as RadixCheckbox, Slider as RadixSlider, Tooltip as RadixTooltip } from 'radix-ui';
import type { ComponentProps, ReactNode } from 'react';
import './controls.css';

interface ButtonProps extends ComponentProps<'button'> {
  variant?: 'plain' | 'primary' | 'quiet' | 'danger';
  icon?: LucideIcon | undefined;
}

export function Button({ variant = 'plain', icon: Icon, children, className = '', ...rest }: ButtonProps) {
  return (
    <button type="button" className={`button ${variant} ${className}`} {...rest}>
      {Icon && <Icon size={14} strokeWidth={1.75} aria-hidden />}
      {children}
    </button>
  );
}

/** Words beside what they explain, with the keys that do the same. */
export function Tip({
  label,
  keys,
  side = 'bottom',
  children,
}: {
  label: ReactNode;
  keys?: string | undefined;
  side?: 'top' | 'right' | 'bottom' | 'left';
  children: ReactNode;
}) {
  return (
    <RadixTooltip.Root>
      <RadixTooltip.Trigger asChild>{children}</RadixTooltip.Trigger>
      <RadixTooltip.Portal>
        <RadixTooltip.Content className="tip" side={side} sideOffset={6} collisionPadding={8}>
          {label}
          {keys && <Keys keys={keys} />}
        </RadixTooltip.Content>
      </RadixTooltip.Portal>
    </RadixTooltip.Root>
  );
}

const MAC = typeof navigator !== 'undefined' && /Mac/.test(navigator.platform);
const NAMES: Record<string, string> = {
  CmdOrCtrl: MAC ? '⌘' : 'Ctrl',
  Alt: MAC ? '⌥' : 'Alt',
  Shift: MAC ? '⇧' : 'Shift',
  Left: '←',
  Right: '→',
  Up: '↑',
  Down: '↓',
  Enter: '⏎',
  PageUp: 'PgUp',
  PageDown: 'PgDn',
};

/** Keys as caps, the names of the system at hand. */
export function Keys({ keys }: { keys: string }) {
  return (
    <span className="keys">
      {keys.split('+').map((key) => (
        <kbd key={key}>{NAMES[key] ?? key}</kbd>
      ))}
    </span>
  );
}

interface IconButtonProps extends Omit<ComponentProps<'button'>, 'aria-label'> {
  label: string;
  icon: LucideIcon;
  keys?: string | undefined;
  pressed?: boolean | undefined;
  side?: 'top' | 'right' | 'bottom' | 'left';
  size?: number;
}

export function IconButton({
  label,
  icon: Icon,
  keys,
  pressed,
  side,
  size = 16,
  className = '',
  ...rest
}: IconButtonProps) {
  return (
    <Tip label={label} keys={keys} side={side ?? 'bottom'}>
      <button
        type="button"
        className={`icon-button ${className}`}
        aria-label={label}
        {...(pressed === undefined ? {} : { 'aria-pressed': pressed })}
        {...rest}
      >
        <Icon size={size} strokeWidth={1.75} aria-hidden />
      </button>
    </Tip>
  );
}

export function Choice<T extends string>({
  value,
  options,
  onChange,
  label,
  id,
}: {
  value: T;
  options: readonly (readonly [T, string])[];
  onChange: (value: T) => void;
  label: string;
  id?: string;
}) {
  return (
    <select
      className="choice"
      id={id}
      aria-label={label}
      value={value}
      onChange={(event) => onChange(event.target.value as T)}
    >
      {options.map(([name, title]) => (
        <option key={name} value={name}>
          {title}
        </option>
      ))}
    </select>
  );
}

export function Check({
  checked,
  onChange,
  label,
  colour,
  disabled = false,
}: {
  checked: boolean;
  onChange: (checked: boolean) => void;
  label: string;
  colour?: string;
  disabled?: boolean;
}) {
  return (
    <RadixCheckbox.Root
      className="check"
      checked={checked}
      disabled={disabled}
      onCheckedChange={(state) => onChange(state === true)}
      aria-label={label}
      style={colour ? { ['--check' as string]: colour } : {}}
    >
      <RadixCheckbox.Indicator>
        <svg viewBox="0 0 12 12" width="10" height="10" aria-hidden="true">
          <path d="m2 6.200 2.700 2.700L10 3.400" fill="none" stroke="currentColor" strokeWidth="2" />
        </svg>
      </RadixCheckbox.Indicator>
    </RadixCheckbox.Root>
  );
}

export function Slider({
  value,
  onChange,
  min = 0,
  max = 1,
  step = 0.01,
  label,
  disabled = false,
}: {
  value: number;
  onChange: (value: number) => void;
  min?: number;
  max?: number;
  step?: number;
  label: string;
  disabled?: boolean;
}) {
  return (
    <RadixSlider.Root
      className="slider"
      value={[value]}
      min={min}
      max={max}
      step={step}
      disabled={disabled}
      onValueChange={([next]) => next !== undefined && onChange(next)}
    >
      <RadixSlider.Track className="slider-track">
        <RadixSlider.Range className="slider-range" />
      </RadixSlider.Track>
      <RadixSlider.Thumb className="slider-thumb" aria-label={label} />
    </RadixSlider.Root>
  );
}

/** Two ends of a range on one track; they do not pass each other. */
export function RangeSlider({
  value,
  onChange,
  min,
  max,
  label,
}: {
  value: readonly [number, number];
  onChange: (value: [number, number]) => void;
  min: number;
  max: number;
  label: string;
}) {
  return (
    <RadixSlider.Root
      className="slider"
      value={[...value]}
      min={min}
      max={max}
      step={1}
      minStepsBetweenThumbs={1}
      onValueChange={([low, high]) => low !== undefined && high !== undefined && onChange([low, high])}
    >
      <RadixSlider.Track className="slider-track">
        <RadixSlider.Range className="slider-range" />
      </RadixSlider.Track>
      <RadixSlider.Thumb className="slider-thumb" aria-label={`${label} from`} />
      <RadixSlider.Thumb className="slider-thumb" aria-label={`${label} to`} />
    </RadixSlider.Root>
  );
}

export function Progress({ fraction, label }: { fraction: number; label: string }) {
  const share = Math.round(Math.max(0, Math.min(1, fraction)) * 1000) / 10;
  return (
    <div
      className="progress"
      role="progressbar"
      aria-label={label}
      aria-valuenow={Math.round(share)}
      aria-valuemin={0}
      aria-valuemax={100}
    >
      <div style={{ width: `${share}%` }} />
    </div>
  );
}

/** What goes here, and what fills it. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <strong>{title}</strong>
      {children && <div className="empty-words">{children}</div>}
    </div>
  );
}

/** A heading over rows of a panel. */
export function Section({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <section className="section" aria-label={title}>
      <header>
        <h3>{title}</h3>
        {aside}
      </header>
      {children}
    </section>
  );
}

/** A name and its value; a click copies the value. */
export function Fact({ name, value, unit }: { name: string; value: string; unit?: string }) {
  const text = unit && value !== '–' ? `${value} ${unit}` : value;
  return (
    <div className="fact">
      <dt>{name}</dt>
      <dd>
        <button type="button" title={`Copy ${text}`} onClick={() => navigator.clipboard?.writeText(text)}>
          {value}
          {unit && value !== '–' && <span className="unit"> {unit}</span>}
        </button>
      </dd>
    </div>
  );
}
