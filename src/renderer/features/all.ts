/** Every feature, one line each; the rail stands in this order. */
import './scans/index.tsx';
import './layers/index.tsx';
import './regions/index.tsx';
import './analysis/index.tsx';
import './cracks/index.tsx';
import './movies/index.tsx';
import './figures/index.tsx';
import './views/index.tsx';
import './timeline/index.tsx';
import './inspector/index.tsx';
import './profile/index.tsx';
import './clip/index.tsx';
import './browser/index.tsx';
import './relink/index.tsx';
import './clean/index.tsx';
import './settings/index.tsx';
import './help/index.tsx';
import './palette/index.tsx';
import { registerWorkspace } from './workspace/index.tsx';

registerWorkspace();
