import { ChevronRight } from 'lucide-react';
import type { Storyboard } from '../../../core/movie/storyboard.ts';
import { Button, Empty } from '../../components/controls.tsx';
import { showPanel } from '../workspace/dock.ts';
import { BoardFacts } from './board_facts.tsx';
import { useBoard, useMovies } from './boards.ts';
import { keysOf, overlaysOf, panelOf } from './edit.ts';
import { KeyFacts } from './key_facts.tsx';
import { OverlayFacts } from './overlay_facts.tsx';
import { PanelFacts } from './panel_facts.tsx';
import { ShotFacts } from './shot_facts.tsx';
import { OVERLAY_WORDS, panelName, shotName, TRACK_WORDS } from './words.ts';
import './facts.css';

/** What of the storyboard is selected, in numbers that can be set; nothing selected: the movie. */
export function MovieFacts() {
  const board = useBoard();
  if (!board)
    return (
      <Empty title="No storyboard is open">
        <Button onClick={() => showPanel('movies')}>Show the movies</Button>
      </Empty>
    );
  return (
    <div className="movie-facts">
      <Crumbs board={board} />
      <Selected board={board} />
    </div>
  );
}

function Selected({ board }: { board: Storyboard }) {
  const selection = useMovies((movies) => movies.selection);
  if (selection?.kind === 'overlay' && overlaysOf(board, selection.shot)[selection.index])
    return <OverlayFacts board={board} shot={selection.shot} index={selection.index} />;
  if (selection?.kind === 'key' && keysOf(board, selection)[selection.index])
    return <KeyFacts board={board} place={selection} />;
  if (selection && selection.kind !== 'overlay' && board.shots[selection.shot]) {
    const panel = 'panel' in selection ? panelOf(board, selection.shot, selection.panel) : null;
    if (panel) return <PanelFacts key={panel.id} board={board} shot={selection.shot} panel={panel} />;
    return <ShotFacts board={board} at={selection.shot} />;
  }
  return <BoardFacts board={board} />;
}

/** The way from the movie to what is selected. */
function Crumbs({ board }: { board: Storyboard }) {
  const { selection, open } = useMovies();
  const steps: { words: string; go: () => void }[] = [
    { words: open ?? '', go: () => useMovies.setState({ selection: null }) },
  ];
  const shot = selection?.shot ?? null;
  if (selection && shot !== null && board.shots[shot])
    steps.push({
      words: shotName(board.shots[shot], shot),
      go: () => useMovies.setState({ selection: { kind: 'shot', shot } }),
    });
  const panel = selection && 'panel' in selection ? panelOf(board, selection.shot, selection.panel) : null;
  if (panel && shot !== null)
    steps.push({
      words: panelName(panel),
      go: () => useMovies.setState({ selection: { kind: 'panel', shot, panel: panel.id } }),
    });
  if (selection?.kind === 'key') steps.push({ words: `${TRACK_WORDS[selection.track]} key`, go: () => undefined });
  if (selection?.kind === 'overlay') {
    const overlay = overlaysOf(board, selection.shot)[selection.index];
    if (overlay) steps.push({ words: OVERLAY_WORDS[overlay.kind], go: () => undefined });
  }
  return (
    <nav className="movie-crumbs" aria-label="Selected">
      {steps.map(({ words, go }, k) => (
        <span key={words} className="movie-crumb">
          {k > 0 && <ChevronRight size={12} aria-hidden />}
          <button type="button" aria-current={k === steps.length - 1} onClick={go}>
            {words}
          </button>
        </span>
      ))}
    </nav>
  );
}
