import { Rows3 } from 'lucide-react';
import { register } from '../feature.ts';
import { ScansPanel } from './scans_panel.tsx';

register({
  panels: [{ id: 'scans', title: 'Scans', place: 'rail', icon: Rows3, command: 'panel.scans', component: ScansPanel }],
});
