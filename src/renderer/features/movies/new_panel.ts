import type { Panel, PanelKind, Shot, Storyboard } from '../../../core/movie/storyboard.ts';

/** A panel as it is added: in the lower right, where it hides little until it is put in its place. */
export function newPanel(kind: PanelKind, id: string): Panel {
  const place = { id, rect: [0.55, 0.55, 0.4, 0.4] as [number, number, number, number] };
  if (kind === 'volume')
    return { kind, ...place, camera: [{ at: 0, value: { target: 'cell', azimuth: 30, elevation: 25, distance: 1 } }] };
  if (kind === 'slice') return { kind, ...place, axis: 'y' };
  if (kind === 'map') return { kind, ...place, electrode: 'working' };
  if (kind === 'curve') return { kind, ...place, of: 'voltage' };
  return { kind, ...place };
}

/** A movie to begin with: the whole series once, in 3D, with its time. */
export function newBoard(): Storyboard {
  const shot: Shot = {
    seconds: 8,
    time: { kind: 'play', from: 'start', to: 'end' },
    panels: [
      {
        kind: 'volume',
        id: 'cell',
        rect: [0, 0, 1, 1],
        camera: [
          { at: 0, value: { target: 'cell', azimuth: 20, elevation: 25, distance: 1 } },
          { at: 8, value: { target: 'cell', azimuth: 65, elevation: 25, distance: 1 } },
        ],
      },
    ],
    overlays: [
      { kind: 'time', place: 'top-left' },
      { kind: 'scaleBar', panel: 'cell', place: 'bottom-right' },
    ],
  };
  return { version: 1, shots: [shot] };
}
