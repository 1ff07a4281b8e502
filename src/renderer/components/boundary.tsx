import { Component, type ReactNode } from 'react';
import { reportFault } from '../host/faults.ts';
import { Button, Empty } from './controls.tsx';

/** Keeps a fault of one part from taking the rest of the window with it. */
export class Boundary extends Component<
  { what: string; children: ReactNode },
  { fault: Error | null; file: string | null }
> {
  override state: { fault: Error | null; file: string | null } = { fault: null, file: null };

  static getDerivedStateFromError(fault: Error): { fault: Error } {
    return { fault };
  }

  override componentDidCatch(fault: Error): void {
    void reportFault(fault).then((file) => this.setState({ file }));
  }

  override render(): ReactNode {
    const { fault, file } = this.state;
    if (!fault) return this.props.children;
    return (
      <Empty title={`Cannot show ${this.props.what}`}>
        <span className="selectable">{fault.message}</span>
        {file && <span className="selectable">What happened is written down in {file}, on this machine only.</span>}
        <Button onClick={() => this.setState({ fault: null })}>Try again</Button>
      </Empty>
    );
  }
}
