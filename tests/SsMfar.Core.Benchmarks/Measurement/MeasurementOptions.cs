namespace SsMfar.Benchmarks.Measurement;

/// <summary>What all measurements share.</summary>
/// <param name="Python">The interpreter with PyTorch.</param>
/// <param name="Threads">Threads on each side.</param>
/// <param name="Rounds">How many turns each side takes; medians are reported.</param>
/// <param name="Device">cpu or cuda.</param>
/// <param name="Faces">A folder with train.txt and its images, for what needs real files; drawn faces when null.</param>
internal sealed record MeasurementOptions(string Python, int Threads, int Rounds, string Device, string? Faces);
