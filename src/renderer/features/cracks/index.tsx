import { Zap } from 'lucide-react';
import { register } from '../feature.ts';
import { CracksPanel } from './cracks_panel.tsx';

register({
  panels: [
    { id: 'cracks', title: 'Cracks', place: 'rail', icon: Zap, command: 'panel.cracks', component: CracksPanel },
  ],
});
