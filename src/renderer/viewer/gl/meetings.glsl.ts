/**
 * Slices and faces of regions on the way of a ray, in order. `meet` says what one of them adds; before it stand `sliceColour`
 * and `opacity`.
 */
export const meetings = (meet: string) => /* glsl */ `
uniform vec3 uSlice;             // voxels; below 0: none
uniform vec3 uBoxLow[8], uBoxHigh[8];
uniform vec4 uBoxColour[8];
uniform int uBoxes;
float meetAt; int meetWhich;
${meet}
/** The next meeting beyond t: a slice (0 to 2) or a face of a region (3 …). */
void meetFrom(float t) {
  meetAt = 1e30; meetWhich = -1;
  vec3 s3 = mix((uSlice - from) / along, vec3(-1e30), lessThan(uSlice, vec3(0.0)));
  if (s3.x > t && s3.x < meetAt) { meetAt = s3.x; meetWhich = 0; }
  if (s3.y > t && s3.y < meetAt) { meetAt = s3.y; meetWhich = 1; }
  if (s3.z > t && s3.z < meetAt) { meetAt = s3.z; meetWhich = 2; }
  for (int i = 0; i < uBoxes; i++) {
    vec3 a = (uBoxLow[i] - from) / along, b = (uBoxHigh[i] - from) / along;
    vec3 lo = min(a, b), hi = max(a, b);
    float s0 = max(max(lo.x, lo.y), lo.z), s1 = min(min(hi.x, hi.y), hi.z);
    if (s0 >= s1) continue;
    if (s0 > t && s0 < meetAt) { meetAt = s0; meetWhich = 3 + i; }
    if (s1 > t && s1 < meetAt) { meetAt = s1; meetWhich = 3 + i; }
  }
}
void meetUntil(float until) {
  while (meetAt <= until && opacity <= uStop) {
    if (meetWhich < 3) meet(sliceColour(from + along * meetAt), 1.0, meetAt, true);
    else meet(uBoxColour[meetWhich - 3].rgb, uBoxColour[meetWhich - 3].a, meetAt, false);
    meetFrom(meetAt + 1e-5 * (1.0 + meetAt));
  }
}
`;
