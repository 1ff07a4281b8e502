import { Clapperboard } from 'lucide-react';
import type { Action } from '../../commands/registry.ts';
import { useSession } from '../../state/session.ts';
import { register } from '../feature.ts';
import { arrangeMovie } from '../workspace/dock.ts';
import {
  canTakeView,
  deleteSelected,
  duplicate,
  keyFromView,
  openBoardNow,
  splitHere,
  togglePlay,
  viewFromMovie,
} from './act.ts';
import { addBoard, useMovies } from './boards.ts';
import { makeMovie } from './export.ts';
import { MovieFacts } from './facts.tsx';
import { importBoard, saveBoard } from './files.ts';
import { MoviesPanel } from './movies_panel.tsx';
import { newBoard } from './new_panel.ts';
import { MoviePreview } from './preview_panel.tsx';
import { showMovie } from './show.ts';
import { saveStill } from './still.ts';
import { StoryboardPanel } from './timeline.tsx';

const onBoard = (run: () => void): Action => ({ run, enabled: () => openBoardNow() !== null });
const inProject = (run: () => void): Action => ({ run, enabled: () => useSession.getState().project !== null });

register({
  panels: [
    {
      id: 'movies',
      title: 'Movies',
      place: 'rail',
      icon: Clapperboard,
      command: 'panel.movies',
      component: MoviesPanel,
    },
    { id: 'movie', title: 'Movie', place: 'centre', component: MoviePreview },
    { id: 'storyboard', title: 'Storyboard', place: 'bottom', component: StoryboardPanel },
    { id: 'movie-facts', title: 'Shot', place: 'right', component: MovieFacts },
  ],
  commands: {
    'movie.new': inProject(() => void addBoard('movie', newBoard()).then(showMovie)),
    'movie.take': inProject(() => void importBoard().then((there) => there && showMovie())),
    'movie.save': onBoard(() => saveBoard(useMovies.getState().open!, openBoardNow()!)),
    'movie.show': onBoard(showMovie),
    'movie.arrange': onBoard(arrangeMovie),
    'movie.play': onBoard(togglePlay),
    'movie.keyFromView': { run: keyFromView, enabled: canTakeView },
    'movie.toView': { run: viewFromMovie, enabled: canTakeView },
    'movie.still': onBoard(() => void saveStill()),
    'movie.split': onBoard(splitHere),
    'movie.duplicate': onBoard(duplicate),
    'movie.delete': { run: deleteSelected, enabled: () => useMovies.getState().selection !== null },
    'movie.export': onBoard(() => void makeMovie()),
  },
});
