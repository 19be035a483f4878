// Hands every block of samples of the microphone's first channel to the page.
class Samples extends AudioWorkletProcessor {
  process([input]) {
    if (input?.[0]) this.port.postMessage(input[0].slice());
    return true;
  }
}
registerProcessor("samples", Samples);
