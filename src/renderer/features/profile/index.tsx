import { useSession } from '../../state/session.ts';
import { useView } from '../../state/view.ts';
import { register } from '../feature.ts';
import { showPanel } from '../workspace/dock.ts';
import { ProfilePanel } from './profile_panel.tsx';

register({
  panels: [{ id: 'profile', title: 'Profile', place: 'right', component: ProfilePanel }],
  commands: {
    'view.profile': {
      enabled: () => useSession.getState().project !== null,
      run: () => {
        const { tool, activeView } = useView.getState();
        if (tool === 'profile') return useView.setState({ tool: 'none' });
        if (activeView === 'volume') useView.setState({ activeView: 'z' });
        useView.setState({ tool: 'profile' });
        showPanel('profile');
      },
    },
  },
});
