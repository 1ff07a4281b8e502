import { SquareDashed } from 'lucide-react';
import { register } from '../feature.ts';
import { RegionsPanel } from './regions_panel.tsx';

register({
  panels: [
    {
      id: 'regions',
      title: 'Regions',
      place: 'rail',
      icon: SquareDashed,
      command: 'panel.regions',
      component: RegionsPanel,
    },
  ],
});
