using System.CommandLine;
using SsMfar.Models;

namespace SsMfar.Benchmarks.Measurement;

/// <summary>What all measurements share.</summary>
/// <param name="Python">The interpreter with PyTorch.</param>
/// <param name="Threads">Threads on each side.</param>
/// <param name="Rounds">How many turns each side takes; medians are reported.</param>
/// <param name="Device">cpu or cuda.</param>
/// <param name="Faces">A folder with train.txt and its images, for what needs real files; drawn faces when null.</param>
/// <param name="Batch">Images in a batch; the measurement's own choice when null.</param>
/// <param name="Size">Pixels a side; the measurement's own choice when null.</param>
/// <param name="Precision">The backbone's number format; the measurement's own choice when null.</param>
internal sealed record MeasurementOptions(
    string Python, int Threads, int Rounds, string Device, string? Faces, int? Batch, int? Size, ComputePrecision? Precision)
{
    /// <summary>The interpreter.</summary>
    public static readonly Option<string> PythonOption = new("--python") {
        Description = "The Python interpreter with PyTorch.",
        DefaultValueFactory = _ => "python3",
        Recursive = true };

    /// <summary>Threads on each side.</summary>
    public static readonly Option<int> ThreadsOption = new("--threads") {
        Description = "Threads on each side.",
        DefaultValueFactory = _ => Math.Min(2, Environment.ProcessorCount),
        Recursive = true };

    private static readonly Option<int> RoundsOption = new("--rounds") {
        Description = "Turns of each side.",
        DefaultValueFactory = _ => 7,
        Recursive = true };
    private static readonly Option<string> DeviceOption = new("--device") {
        Description = "cpu or cuda.",
        DefaultValueFactory = _ => "cpu",
        Recursive = true };
    private static readonly Option<string?> FacesOption = new("--faces") {
        Description = "A folder with train.txt and its images; drawn faces without.",
        Recursive = true };
    private static readonly Option<int?> BatchOption = new("--batch") { Description = "Images in a batch." };
    private static readonly Option<int?> SizeOption = new("--size") { Description = "Pixels a side." };
    private static readonly Option<ComputePrecision?> PrecisionOption = new("--precision") {
        Description = "The number format of our side in step and epoch." };

    /// <summary>The options that every command takes.</summary>
    public static IReadOnlyList<Option> Everywhere { get; } = [PythonOption, ThreadsOption, RoundsOption, DeviceOption, FacesOption];

    /// <summary>Those of the measurements that make the table.</summary>
    public static IReadOnlyList<Option> OfMeasurements { get; } = [BatchOption, SizeOption, PrecisionOption];

    public static MeasurementOptions Of(ParseResult parsed) => new(
        parsed.GetValue(PythonOption)!,
        Math.Max(1, parsed.GetValue(ThreadsOption)),
        Math.Max(1, parsed.GetValue(RoundsOption)),
        parsed.GetValue(DeviceOption)!,
        parsed.GetValue(FacesOption),
        parsed.GetValue(BatchOption),
        parsed.GetValue(SizeOption),
        parsed.GetValue(PrecisionOption));
}
