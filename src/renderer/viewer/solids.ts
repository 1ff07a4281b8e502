import {
  Color,
  ColorManagement,
  DataTexture,
  DepthTexture,
  LinearFilter,
  LinearSRGBColorSpace,
  type Material,
  Matrix4,
  type Object3D,
  PerspectiveCamera,
  RGBAFormat,
  Scene,
  Vector3,
  WebGLRenderer,
  WebGLRenderTarget,
} from 'three';
import type { LineMaterial } from 'three/addons/lines/LineMaterial.js';
import type { SightMatrices } from './camera.ts';
import type { GL, Texture } from './gl/context.ts';
import { colourOf } from './march_uniforms.ts';

// Colours are given and shown in sRGB; only the march reckons in linear light, and it converts by itself.
ColorManagement.enabled = false;

const GROUNDS = {
  dark: ['#121416', '#24272b'],
  light: ['#dcdedf', '#fbfbfa'],
} as const;
const GROUND_STEPS = 64;

/** What a picture of the solid things leaves for the march: their colours in sRGB, and how deep they lie. */
export interface Drawn {
  colour: Texture;
  depth: Texture;
}

/**
 * Everything opaque around the volume, drawn by three before the rays go through it: the ground, and what others put into
 * `scene` (x, y, z in µm). An object with `userData.pixels` keeps that size on the screen; lines get wider with the picture.
 */
export class Solids {
  readonly three: WebGLRenderer;
  readonly scene = new Scene();
  /** Its matrices are given, whatever the projection. */
  readonly camera = Object.assign(new PerspectiveCamera(), { manual: true });
  #target: WebGLRenderTarget | null = null;
  /** One colour behind everything, sRGB, in place of the gradient. */
  ground: string | null = null;
  #drawnGround: string | null = null;

  constructor(canvas: HTMLCanvasElement | OffscreenCanvas, gl: GL) {
    this.three = new WebGLRenderer({ canvas, context: gl });
    this.three.outputColorSpace = LinearSRGBColorSpace;
    // The size of the canvas is not three's to set: pictures are drawn at sizes of their own and shown on it.
    Object.assign(this.three, { setSize: () => {}, setPixelRatio: () => {} });
    this.camera.matrixAutoUpdate = false;
    this.camera.matrixWorldAutoUpdate = false;
  }

  /** Looks from there, also for who asks what lies under the pointer. */
  look({ projection, view }: SightMatrices): void {
    const { camera } = this;
    camera.projectionMatrix.copy(projection);
    camera.projectionMatrixInverse.copy(projection).invert();
    camera.matrixWorld.copy(view);
    camera.matrixWorldInverse.copy(view).invert();
  }

  draw(sight: SightMatrices, theme: 'dark' | 'light', width: number, height: number): Drawn {
    const { three, scene } = this;
    const asked = this.ground ?? theme;
    if (asked !== this.#drawnGround) scene.background = this.ground ? new Color(this.ground) : gradient(theme);
    this.#drawnGround = asked;
    this.look(sight);
    this.#fit(height);
    const target = this.#sized(width, height);
    three.resetState();
    three.setViewport(0, 0, width, height);
    three.setRenderTarget(target);
    three.render(scene, this.camera);
    const handle = (texture: object) =>
      (three.properties.get(texture) as { __webglTexture: WebGLTexture }).__webglTexture;
    const size = [width, height, 1] as const;
    const gl = three.getContext() as GL;
    const as = { target: gl.TEXTURE_2D, size, format: 'rgba8', bytes: width * height * 4 } as const;
    return {
      colour: { ...as, handle: handle(target.texture) },
      depth: { ...as, handle: handle(target.depthTexture!) },
    };
  }

  #sized(width: number, height: number): WebGLRenderTarget {
    this.#target ??= new WebGLRenderTarget(width, height, { depthTexture: new DepthTexture(width, height) });
    this.#target.setSize(width, height);
    return this.#target;
  }

  /** Sizes that are told in pixels. */
  #fit(height: number): void {
    const { scene, camera } = this;
    const toClip = new Matrix4().multiplyMatrices(camera.projectionMatrix, camera.matrixWorldInverse);
    const line = Math.max(1, height / 720);
    const at = new Vector3();
    scene.traverse((object: Object3D & { material?: Material }) => {
      if (object.material && 'isLineMaterial' in object.material) (object.material as LineMaterial).linewidth = line;
      const { pixels } = object.userData;
      if (!pixels) return;
      // A length across the view covers height / 2 · P₁₁ / w pixels, w being the depth.
      const [e, p] = [toClip.elements, at.copy(object.position)];
      const w = e[3]! * p.x + e[7]! * p.y + e[11]! * p.z + e[15]!;
      object.scale.setScalar((2 * pixels * line * w) / (height * camera.projectionMatrix.elements[5]!));
    });
  }

  /** Gives back what is drawn into, and behind: made again when it is wanted. Of a context that is lost, three would delete it later. */
  forget(): void {
    this.#target?.depthTexture?.dispose();
    this.#target?.dispose();
    this.#target = null;
    const { background } = this.scene;
    if (background && 'dispose' in background) background.dispose();
    this.scene.background = null;
    this.#drawnGround = null;
  }

  release(): void {
    this.forget();
    this.three.dispose();
  }
}

/** A calm gradient. */
function gradient(theme: 'dark' | 'light'): DataTexture {
  const [bottom, top] = [colourOf(GROUNDS[theme][0]), colourOf(GROUNDS[theme][1])];
  const bytes = new Uint8Array(GROUND_STEPS * 4).fill(255);
  for (let i = 0; i < GROUND_STEPS; i++) {
    const t = i / (GROUND_STEPS - 1);
    const share = t * t * (3 - 2 * t);
    for (let c = 0; c < 3; c++) bytes[i * 4 + c] = Math.round(255 * (bottom[c]! + share * (top[c]! - bottom[c]!)));
  }
  const picture = new DataTexture(bytes, 1, GROUND_STEPS, RGBAFormat);
  picture.magFilter = LinearFilter;
  picture.minFilter = LinearFilter;
  picture.needsUpdate = true;
  return picture;
}
