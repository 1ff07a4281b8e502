import { SURFACE, UNSEEN } from '../cells.ts';
import { meetings } from './meetings.glsl.ts';
import { float, LEAP, LIGHT, RAY } from './ray.glsl.ts';
import { sampling } from './sampling.glsl.ts';
import { scalarColour } from './scalar.glsl.ts';

/** What a program over phase fractions is made for. */
export interface PhaseVariant {
  /** Some pages show the floor. */
  floor: boolean;
  /** Slices or regions are met on the way; slices show a scalar, or the phases themselves. */
  meetings: 'none' | 'scalar' | 'phases';
}

const fractions = (floor: boolean) => /* glsl */ `
${sampling('P', floor)}
uniform float uSurface;          // opacity of the collector
uniform vec3 uCollector, uLithium, uCrack, uElectrolyte;
vec4 fractionsAt(vec3 p) { Pgo(p); return Pread(p); }
`;

const head =
  '#version 300 es\nprecision highp float;\nprecision highp int;\nprecision highp sampler2D;\nprecision highp sampler3D;\nprecision highp usampler3D;\nprecision highp usampler2D;\n';

const phaseSlice = /* glsl */ `
vec3 sliceColour(vec3 p) {
  vec4 f = fractionsAt(p);
  return vec3(0.012) + f.r * uCollector * 0.8 + f.g * uLithium + f.b * uCrack + f.a * uElectrolyte * 0.35;
}
`;

/**
 * The march: of each phase the share that it has of the pixel, and the samples where the collector's surface is crossed first
 * and where lithium or a crack weighs most. Light comes later, once a pixel: here nothing is done that is not needed at each
 * sample, of which there are many.
 *
 * \`hit\`: two shares (collector, lithium), two shares (crack, electrolyte), the two samples, and how far the slice is that ended
 * the ray; \`flat\` (where slices or regions are met): their premultiplied linear colour and opacity.
 */
export function marchPhases({ floor, meetings: met }: PhaseVariant): string {
  const meets = met !== 'none';
  return /* glsl */ `${head}
layout(location = 0) out uvec4 hit;
${meets ? 'layout(location = 1) out uvec2 flat_;\nvec4 met = vec4(0.0);\nfloat sliceAt = 0.0;' : ''}
${RAY}
${LEAP}
${fractions(floor)}
uniform vec3 uExtinction;        // of lithium, crack, electrolyte, a µm
float opacity = 0.0;
${met === 'phases' ? phaseSlice : met === 'scalar' ? scalarColour(floor) : ''}
${meets ? meetings('void meet(vec3 colour, float alpha, float t, bool slice) {\n  float share = (1.0 - opacity) * alpha;\n  met += share * vec4(colour, 1.0);\n  opacity += share;\n  if (slice) sliceAt = t;\n}') : ''}

void main() {
  if (!startRay()) discard;
  vec4 shares = vec4(0.0);
  float soft = 0.0, metal = 0.0, heaviest = 0.0;
  bool inside = false;
  float last = lastSample();
  startLeaps();
  float n = firstSample();
  ${meets ? 'meetFrom(begin - 1e-4);' : ''}
  while (n <= last && opacity <= uStop) {
    float leap = leaped(n, last);
    if (leap > last) break;
    inside = inside && leap == n;
    n = leap;
    // Fog is sampled once for all that it fills, somewhere in it: pictures are averaged.
    float run = fog ? until - n + 1.0 : 1.0;
    float at = n + (fog ? floor(shift * run) : 0.0);
    Pgo(placeOf(at));
    Pline(cellsAt * uCell, cellsAlong * uCell);
    do {
      ${meets ? 'meetUntil(min((n + shift) * uStep, end));' : ''}
      vec4 f = PreadAt(at);
      float left = 1.0 - opacity;
      bool now = f.r >= ${float(SURFACE)} && uSurface > 0.0;
      if (now && !inside) {
        if (shares.r == 0.0) metal = n;
        shares.r += left * uSurface;
        left -= left * uSurface;
      }
      inside = now;
      vec3 s = uExtinction * max(f.gba - ${float(UNSEEN)}, 0.0);
      float total = s.x + s.y + s.z;
      float share = left * (1.0 - exp(-total * uStep * run));
      s *= share / max(total, 1e-12);
      shares.gba += s;
      // Fog has no surface: it counts only where there is nothing else.
      float weight = s.x + s.y + 1e-3 * s.z;
      if (weight > heaviest) { heaviest = weight; soft = at; }
      opacity = 1.0 - left + share;
      n += run;
      at = n;
    } while (n <= until && opacity <= uStop);
  }
  ${meets ? 'meetUntil(end);' : ''}
  if (opacity <= 0.0) discard;
  hit = uvec4(packUnorm2x16(shares.rg), packUnorm2x16(shares.ba), uint(soft) | uint(metal) << 16, ${meets ? 'floatBitsToUint(sliceAt)' : '0u'});
  ${meets ? 'flat_ = uvec2(packUnorm2x16(met.rg), packUnorm2x16(met.ba));' : ''}
}
`;
}

/**
 * Light on what the march found: the collector's surface, found by bisection, and lithium and cracks, each by the gradient from
 * the corners of a tetrahedron half a voxel around it. With \`pick\` the place and kind (1 to 4 as the phases, 6 a slice) of what
 * has the largest share instead.
 */
export function shadePhases({ floor, meetings: met }: PhaseVariant, pick: boolean): string {
  const meets = met !== 'none';
  return /* glsl */ `${head}
${pick ? 'out uvec4 found;' : 'out vec4 colour;'}
uniform usampler2D uHit;
${meets ? 'uniform usampler2D uMet;' : ''}
${pick ? '' : 'uniform sampler2D uBehind;'}
${RAY}
${LIGHT}
${fractions(floor)}

vec3 gradientAt(vec3 centre, vec4 weight) {
  Pgo(centre);
  float h = Phalf();
  vec3 g = vec3(0.0);
  for (int i = 0; i < 4; i++) {
    vec3 corner = vec3(i == 0 || i == 3 ? 1.0 : -1.0, i >= 2 ? 1.0 : -1.0, (i & 1) == 1 ? 1.0 : -1.0);
    g += corner * dot(Pread(centre + h * corner), weight);
  }
  return g * uPerUm;
}
/** Where the collector's fraction passes its surface before a sample. */
float surfaceBefore(float n) {
  float before = max((n - 1.0 + shift) * uStep, begin), after = (n + shift) * uStep;
  Pgo(from + along * 0.5 * (before + after));
  for (int i = 0; i < 4; i++) {
    float middle = 0.5 * (before + after);
    if (Pread(from + along * middle).r >= ${float(SURFACE)}) after = middle; else before = middle;
  }
  return 0.5 * (before + after);
}

void main() {
  startRay();
  ivec2 pixel = ivec2(gl_FragCoord.xy);
  uvec4 hit = texelFetch(uHit, pixel, 0);
  vec4 shares = vec4(unpackUnorm2x16(hit.x), unpackUnorm2x16(hit.y));
  vec4 met = ${meets ? 'vec4(0.0); { uvec2 two = texelFetch(uMet, pixel, 0).rg; met = vec4(unpackUnorm2x16(two.x), unpackUnorm2x16(two.y)); }' : 'vec4(0.0);'}
  float softAt = (float(hit.z & 0xffffu) + shift) * uStep;
  float n = float(hit.z >> 16);
  bool cut = n == firstSample();
  float metalAt = begin;
  if (shares.r > 0.0 && !cut) metalAt = surfaceBefore(n);
${
  pick
    ? `  uint kind = 0u;
  float at = softAt, most = 0.0;
  if (shares.r > most) { most = shares.r; kind = 1u; at = metalAt; }
  if (shares.g > most) { most = shares.g; kind = 2u; at = softAt; }
  if (shares.b > most) { most = shares.b; kind = 3u; at = softAt; }
  if (shares.a > most) { most = shares.a; kind = 4u; at = softAt; }
  float slice = uintBitsToFloat(hit.w);
  if (slice > 0.0 && 1.0 - dot(shares, vec4(1.0)) > most) { most = 1.0; kind = 6u; at = slice; }
  found = uvec4(floatBitsToUint(from + along * at), most > 0.02 ? kind : 0u);`
    : `  vec3 sum = shares.a * uElectrolyte + met.rgb;
  float soft = shares.g + shares.b;
  if (soft > 0.0) {
    vec2 light = mix(vec2(1.0, 0.0), lightOf(gradientAt(from + along * softAt, vec4(0, 1, 1, 0))), 0.7);
    sum += (shares.g * uLithium + shares.b * uCrack) * light.x + soft * light.y;
  }
  if (shares.r > 0.0) {
    vec2 light = lightOf(cut ? -entryNormal : gradientAt(from + along * metalAt, vec4(1, 0, 0, 0)));
    sum += shares.r * (uCollector * light.x + light.y);
  }
  float clear = max(0.0, 1.0 - dot(shares, vec4(1.0)) - met.a);
  vec3 behind = texelFetch(uBehind, pixel, 0).rgb;
  colour = vec4(encoded(sum + clear * linear(behind)), 1.0);`
}
}
`;
}
