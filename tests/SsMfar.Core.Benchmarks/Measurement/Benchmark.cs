namespace SsMfar.Benchmarks.Measurement;

/// <summary>A measurement that is a command.</summary>
/// <param name="Name">The command.</param>
/// <param name="Description">What it measures.</param>
/// <param name="Run">Measures, and writes a row of the table for each result.</param>
internal sealed record Benchmark(string Name, string Description, Action<MeasurementOptions> Run);
