import { Image } from 'lucide-react';
import type { Action } from '../../commands/registry.ts';
import { register } from '../feature.ts';
import { showPanel } from '../workspace/dock.ts';
import { exportFigure, exportFigures } from './choice.ts';
import { FigureFacts } from './figure_facts.tsx';
import { FigurePage } from './figure_page.tsx';
import { FiguresPanel } from './figures_panel.tsx';
import { addFigure, listed, openFigure, useFigures } from './layouts.ts';

const open = () => openFigure(useFigures.getState());
const onFigure = (run: () => void): Action => ({ run, enabled: () => open() !== null });

register({
  panels: [
    {
      id: 'figures',
      title: 'Figures',
      place: 'rail',
      icon: Image,
      command: 'panel.figures',
      component: FiguresPanel,
    },
    { id: 'figure', title: 'Figure', place: 'centre', component: FigurePage },
    { id: 'figure-facts', title: 'Page', place: 'right', component: FigureFacts },
  ],
  commands: {
    'figure.show': onFigure(() => {
      showPanel('figure-facts');
      showPanel('figure');
    }),
    'figure.duplicate': onFigure(() => {
      const { name, layout } = open()!;
      void addFigure(name, structuredClone(layout));
    }),
    'figure.export': onFigure(() => void exportFigure()),
    'figure.exportAll': {
      run: () => void exportFigures(listed(useFigures.getState())),
      enabled: () => useFigures.getState().templates.length > 0,
    },
  },
});
