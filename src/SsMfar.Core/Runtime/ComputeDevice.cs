using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Microsoft.Extensions.Logging;
using TorchSharp;

namespace SsMfar.Runtime;

/// <summary>Where a model runs: the CPU, a CUDA device, or whichever there is. The default value is <see cref="Auto"/>.</summary>
[TypeConverter(typeof(ComputeDeviceConverter))]
public readonly record struct ComputeDevice : IParsable<ComputeDevice>
{
    private enum Kind
    {
        Auto,
        Cpu,
        Cuda,
    }

    private readonly Kind _kind;
    private readonly int? _index;

    private ComputeDevice(Kind kind, int? index = null) => (_kind, _index) = (kind, index);

    /// <summary>Gets the choice of the first CUDA device where there is one, else the CPU.</summary>
    public static ComputeDevice Auto => default;

    /// <summary>Gets the CPU.</summary>
    public static ComputeDevice Cpu => new(Kind.Cpu);

    /// <summary>Gets the first CUDA device; resolving it is an error where there is none.</summary>
    public static ComputeDevice Cuda => new(Kind.Cuda);

    /// <summary>Returns a CUDA device by its number.</summary>
    /// <param name="index">The number of the device, from 0.</param>
    /// <returns>That device.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="index"/> is negative.</exception>
    public static ComputeDevice CudaAt(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        return new ComputeDevice(Kind.Cuda, index);
    }

    /// <summary>Reads <c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>, in any case.</summary>
    /// <param name="s">The text.</param>
    /// <param name="provider">Not used: the text is the same in every culture.</param>
    /// <returns>The device.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="s"/> is <see langword="null"/>.</exception>
    /// <exception cref="FormatException">The text is none of these; the message lists them.</exception>
    public static ComputeDevice Parse(string s, IFormatProvider? provider = null)
    {
        ArgumentNullException.ThrowIfNull(s);
        return Parse(s.AsSpan(), provider);
    }

    /// <inheritdoc cref="Parse(string, IFormatProvider?)"/>
    internal static ComputeDevice Parse(ReadOnlySpan<char> s, IFormatProvider? provider) =>
        TryParse(s, provider, out var device)
            ? device
            : throw new FormatException(
                $"Unknown device '{s}'. Known are auto, cpu, cuda and cuda:N, where N is the number of the device.");

    /// <summary>Tries to read <c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>, in any case.</summary>
    /// <param name="s">The text.</param>
    /// <param name="provider">Not used: the text is the same in every culture.</param>
    /// <param name="result">The device, or <see cref="Auto"/> when the text is none of these.</param>
    /// <returns>Whether the text is one of these.</returns>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out ComputeDevice result) =>
        TryParse(s.AsSpan(), provider, out result);

    /// <inheritdoc cref="TryParse(string?, IFormatProvider?, out ComputeDevice)"/>
    internal static bool TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out ComputeDevice result)
    {
        const string numbered = "cuda:";
        result = default;
        if (s.StartsWith(numbered, StringComparison.OrdinalIgnoreCase))
        {
            var valid = int.TryParse(s[numbered.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var index);
            result = valid ? CudaAt(index) : default;
            return valid;
        }

        ComputeDevice? device =
            s.Equals("auto", StringComparison.OrdinalIgnoreCase) ? Auto :
            s.Equals("cpu", StringComparison.OrdinalIgnoreCase) ? Cpu :
            s.Equals("cuda", StringComparison.OrdinalIgnoreCase) ? Cuda : null;
        result = device ?? default;
        return device is not null;
    }

    /// <summary>Finds the device on this machine; loads the natives when they are not loaded.</summary>
    /// <returns>TorchSharp's device, never one that is absent.</returns>
    /// <exception cref="DeviceNotAvailableException">CUDA was demanded and there is none, or not of that number.</exception>
    /// <exception cref="TorchRuntimeException">The natives could not be loaded.</exception>
    public torch.Device Resolve() => ResolveAndLog(null);

    /// <summary>As <see cref="Resolve"/>; logs what the process runs on, and why there is no CUDA where it would have been taken.</summary>
    internal torch.Device ResolveAndLog(ILoggerFactory? loggers)
    {
        TorchRuntime.Initialize();
        RuntimeLog.Report(loggers);
        if (_kind == Kind.Auto && !torch.cuda.is_available())
        {
            RuntimeLog.CpuInsteadOfCuda(loggers, TorchRuntime.Status is { CudaLibrariesLoaded: true }, NoCuda().Cause);
            return torch.CPU;
        }

        return _kind == Kind.Cpu ? torch.CPU : torch.device(DeviceType.CUDA, CheckedCudaIndex());
    }

    /// <summary>Returns the text <see cref="Parse(string, IFormatProvider?)"/> reads.</summary>
    /// <returns><c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>.</returns>
    public override string ToString() => _kind switch
    {
        Kind.Auto => "auto",
        Kind.Cpu => "cpu",
        _ => _index is { } index ? string.Create(CultureInfo.InvariantCulture, $"cuda:{index}") : "cuda",
    };

    private static (string Cause, string Remedy) NoCuda() => TorchRuntime.Status is { CudaLibrariesLoaded: true }
        ? ("libtorch has CUDA, but found no usable device", "Check the NVIDIA driver (nvidia-smi) and CUDA_VISIBLE_DEVICES")
        : ("the libtorch in use was built without CUDA", "Reference TorchSharp-cuda-linux in place of the CPU package (in this " +
            "repository: build with -p:TorchBackend=cuda)");

    private int CheckedCudaIndex()
    {
        if (!torch.cuda.is_available())
        {
            (string cause, string remedy) = NoCuda();
            throw new DeviceNotAvailableException(
                $"CUDA was demanded ('{this}') and is not available: {cause}.", $"{remedy}, or choose auto or cpu.");
        }

        var (index, count) = (_index ?? 0, torch.cuda.device_count());
        return index < count
            ? index
            : throw new DeviceNotAvailableException(
                $"The device '{this}' was demanded, and there are {count} CUDA devices here, numbered from 0.",
                "Choose another, or auto or cpu.");
    }
}
