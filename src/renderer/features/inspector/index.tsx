import { register } from '../feature.ts';
import { Inspector } from './inspector.tsx';

register({ panels: [{ id: 'inspector', title: 'Inspector', place: 'right', component: Inspector }] });
