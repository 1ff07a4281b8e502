import { Clapperboard } from 'lucide-react';
import { runCommand } from '../../commands/registry.ts';
import { Button, Empty, Keys } from '../../components/controls.tsx';
import { register } from '../feature.ts';

function MoviesPanel() {
  return (
    <Empty title="No movies in this version">
      Movies will be made here from keyframes. Until then, play the series or save pictures of any view.
      <Button onClick={() => runCommand('view.snapshot')}>
        Save a snapshot <Keys keys="S" />
      </Button>
    </Empty>
  );
}

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
  ],
});
