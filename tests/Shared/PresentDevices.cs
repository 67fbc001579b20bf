using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Tests;

/// <summary>
/// The one place that says where tests of every device run: on the CPU, and on each CUDA device that is there. A device that is not there
/// has no row, so that nothing passes in its name; <see cref="Report"/> says so in each run of the device suite.
/// </summary>
internal static class PresentDevices
{
    /// <summary>The devices, as libtorch writes them.</summary>
    public static IReadOnlyList<string> Names { get; } = Find();

    /// <summary>A row for each device.</summary>
    public static TheoryData<string> All => [.. Names];

    /// <summary>What a run of the device suite says of itself.</summary>
    public static string Report =>
        $"devices: {string.Join(", ", Names)}; CUDA: {(Names.Count == 1 ? "none present" : $"{Names.Count - 1} present")}";

    /// <summary>A row for each device with each of the others.</summary>
    public static TheoryData<string, T> With<T>(IEnumerable<T> others)
    {
        TheoryData<string, T> rows = [];
        foreach (string device in Names)
        {
            foreach (T other in others)
            {
                rows.Add(device, other);
            }
        }

        return rows;
    }

    /// <summary>A row for each device with each of the others and each of the third.</summary>
    public static TheoryData<string, T1, T2> With<T1, T2>(IEnumerable<T1> others, IEnumerable<T2> thirds)
    {
        TheoryData<string, T1, T2> rows = [];
        foreach (string device in Names)
        {
            foreach (T1 other in others)
            {
                foreach (T2 third in thirds)
                {
                    rows.Add(device, other, third);
                }
            }
        }

        return rows;
    }

    private static string[] Find()
    {
        TorchRuntime.Initialize();
        return ["cpu", .. Enumerable.Range(0, torch.cuda.is_available() ? torch.cuda.device_count() : 0)
            .Select(i => FormattableString.Invariant($"cuda:{i}"))];
    }
}
