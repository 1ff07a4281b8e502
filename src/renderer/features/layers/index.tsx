import { Layers } from 'lucide-react';
import { register } from '../feature.ts';
import { LayersPanel } from './layers_panel.tsx';

register({
  panels: [
    { id: 'layers', title: 'Layers', place: 'rail', icon: Layers, command: 'panel.layers', component: LayersPanel },
  ],
});
