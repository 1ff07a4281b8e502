import { Plus } from 'lucide-react';
import type { Overlay, Storyboard } from '../../../core/movie/storyboard.ts';
import { Section } from '../../components/controls.tsx';
import { useSession } from '../../state/session.ts';
import { edit, useMovies } from './boards.ts';
import { overlaysOf, withOverlays } from './edit.ts';
import { newOverlay, overlayKinds } from './new_overlay.ts';
import { CORNER_WORDS, OVERLAY_WORDS } from './words.ts';

/** What is written over a shot, or over the whole movie. */
export function OverlayList({ board, shot }: { board: Storyboard; shot: number | null }) {
  const overlays = overlaysOf(board, shot);
  const selection = useMovies((movies) => movies.selection);
  const cracks = useSession((session) => (session.results?.cracks.length ?? 0) > 0);
  const add = (kind: Overlay['kind']) => {
    const overlay = newOverlay(kind, board, shot);
    if (!overlay) return;
    edit((one) => withOverlays(one, shot, [...overlaysOf(one, shot), overlay]), {
      kind: 'overlay',
      shot,
      index: overlays.length,
    });
  };
  return (
    <Section
      title={shot === null ? 'Over every shot' : 'Over this shot'}
      aside={
        <span className="movie-add">
          <Plus size={14} aria-hidden />
          <select
            className="choice"
            aria-label={shot === null ? 'Add over every shot' : 'Add over this shot'}
            value=""
            onChange={(event) => event.target.value && add(event.target.value as Overlay['kind'])}
          >
            <option value="">Add…</option>
            {overlayKinds(board, shot, cracks).map((kind) => (
              <option key={kind} value={kind}>
                {OVERLAY_WORDS[kind]}
              </option>
            ))}
          </select>
        </span>
      }
    >
      {overlays.length === 0 && (
        <p className="muted">Time, charge, a scale bar, a title, arrows to cracks: what is written over the picture.</p>
      )}
      <div className="movie-list">
        {overlays.map((overlay, index) => (
          <button
            // biome-ignore lint/suspicious/noArrayIndexKey: overlays have no other name, and keep no state
            key={index}
            type="button"
            className="movie-list-row"
            aria-pressed={selection?.kind === 'overlay' && selection.shot === shot && selection.index === index}
            onClick={() => useMovies.setState({ selection: { kind: 'overlay', shot, index } })}
          >
            <span className="ellipsis">{OVERLAY_WORDS[overlay.kind]}</span>
            <span className="label">{overlayWords(overlay)}</span>
          </button>
        ))}
      </div>
    </Section>
  );
}

function overlayWords(overlay: Overlay): string {
  const place = CORNER_WORDS.find(([corner]) => corner === overlay.place)?.[1];
  const text = 'text' in overlay && overlay.text ? `“${overlay.text}”` : undefined;
  return [text, overlay.panel, place].filter(Boolean).join(', ');
}
