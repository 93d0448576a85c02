// The doors to the kernels, as cuLaunchKernel has them: an array of addresses of arguments.

extern "C" void launch_train(int warps, void** arguments) {
  fibres::run(warps, [](void** given) { fibres::call(train, given); }, arguments);
}
extern "C" void launch_largest(int warps, void** arguments) {
  fibres::run(warps, [](void** given) { fibres::call(largest, given); }, arguments);
}
extern "C" int notes_bytes() { return sizeof(Notes); }
