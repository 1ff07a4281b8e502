import { Empty } from '../../components/controls.tsx';
import type { SliceViewProps, VolumeViewProps } from '../../viewer/index.ts';

export function VolumeView(_: VolumeViewProps) {
  return <Empty title="The volume is not drawn yet" />;
}

export function SliceView(_: SliceViewProps) {
  return <Empty title="Slices are not drawn yet" />;
}
