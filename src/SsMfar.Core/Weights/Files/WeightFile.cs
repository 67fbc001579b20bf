using System.Collections.Immutable;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Weights;

/// <summary>
/// A file of named tensors, opened for reading: safetensors, or what PyTorch's <c>torch.save</c> writes. Opening reads and checks what the
/// file says about its tensors; the tensors are read when asked for, straight into their memory. Nothing in a file is ever executed, and
/// every size is checked against the file before memory is taken. Reading is safe from many threads.
/// </summary>
public abstract class WeightFile : IDisposable
{
    private const string OtherWeights = "Use weights made for this model";

    private protected WeightFile(string path, WeightFileFormat format)
    {
        Path = path;
        Format = format;
    }

    /// <summary>Gets the file.</summary>
    public string Path { get; }

    /// <summary>Gets how it is written.</summary>
    public WeightFileFormat Format { get; }

    /// <summary>Gets the tensors' names, in the file's order.</summary>
    public IEnumerable<string> Keys => Entries.Keys;

    /// <summary>Gets the tensors by name.</summary>
    public abstract IReadOnlyDictionary<string, WeightEntry> Entries { get; }

    /// <summary>
    /// Gets the tensors that the file has and that cannot be read, with the names that their types have in the file, such as
    /// <c>F8_E4M3</c>. Not among <see cref="Entries"/>; empty as a rule.
    /// </summary>
    public virtual IReadOnlyDictionary<string, string> Unsupported => ImmutableDictionary<string, string>.Empty;

    /// <summary>
    /// Gets what the file says besides: the text entries of a safetensors file; the texts and numbers beside the weights in the outermost
    /// dictionary of a PyTorch file, such as <c>epoch</c>.
    /// </summary>
    public abstract ImmutableSortedDictionary<string, string> Metadata { get; }

    /// <summary>Reads a tensor to the CPU. It belongs to the caller's dispose scope.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="ModelFileException">There is no such tensor, or its bytes cannot be read.</exception>
    public torch.Tensor Read(string name)
    {
        var entry = Entry(name);
        TorchRuntime.Initialize();
        var tensor = torch.empty(entry.Shape.AsSpan(), entry.DataType, torch.CPU);
        try
        {
            Fill(entry, tensor);
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Reads a tensor into one that exists, whatever its device and strides, which stay. Element types may differ where both are
    /// floating point.
    /// </summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="destination">A tensor of the same shape.</param>
    /// <exception cref="ModelFileException">There is no such tensor, its shape or type does not fit, or it cannot be read.</exception>
    public void ReadInto(string name, torch.Tensor destination)
    {
        var entry = CheckFits(name, destination);
        using var noGradient = torch.no_grad();
        if (entry.DataType == destination.dtype && destination.device_type == DeviceType.CPU && destination.is_contiguous())
        {
            Fill(entry, destination);
            return;
        }

        using var scope = torch.NewDisposeScope();
        destination.copy_(Read(name));
    }

    /// <summary>Closes the file; tensors read from it live on.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>What <see cref="ReadInto"/> checks, without reading.</summary>
    internal WeightEntry CheckFits(string name, torch.Tensor destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        WeightEntry entry = CheckShape(name, destination.shape);
        return Fits(entry, destination)
            ? entry
            : throw new ModelFileException(
                Path, name, $"its type is {entry.DataType}, but {destination.dtype} is needed", OtherWeights);
    }

    /// <summary>Checks that a tensor is there, can be read and has a shape, before memory is taken for it.</summary>
    /// <exception cref="ModelFileException">It is not, cannot, or has another.</exception>
    internal WeightEntry CheckShape(string name, params ReadOnlySpan<long> shape)
    {
        WeightEntry entry = Entry(name);
        return entry.Shape.AsSpan().SequenceEqual(shape)
            ? entry
            : throw new ModelFileException(
                Path, name, $"its shape is {entry.ShapeText}, but {WeightEntry.Text(shape)} is needed", OtherWeights);
    }

    /// <summary>Checks that a tensor's numbers are numbers in the type that they are read as.</summary>
    /// <exception cref="ModelFileException">One is NaN or infinite, or too large for the type; or the tensor cannot be read.</exception>
    internal void CheckFinite(string name, torch.ScalarType type)
    {
        if (!IsFloating(type))
        {
            return;
        }

        using var noGradient = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        torch.Tensor tensor = Read(name);
        torch.Tensor finite = tensor.to(type).isfinite();
        if (Transfers.ToHost<bool>(finite.all()))
        {
            return;
        }

        long count = Transfers.ToHost<long>(finite.logical_not().sum());
        bool overflows = Transfers.ToHost<bool>(tensor.isfinite().all());
        throw new ModelFileException(
            Path, name, overflows
                ? $"{count} of its {tensor.numel()} numbers are too large for {type}"
                : $"{count} of its {tensor.numel()} numbers are NaN or infinite",
            "The training that these weights come from went wrong, or the file is damaged: give other weights");
    }

    /// <summary>
    /// Whether a tensor of the file can be read into another: of the same shape, and the same type or both floating point.
    /// </summary>
    internal static bool Fits(WeightEntry entry, torch.Tensor destination) =>
        entry.Shape.AsSpan().SequenceEqual(destination.shape) &&
        (entry.DataType == destination.dtype || (IsFloating(entry.DataType) && IsFloating(destination.dtype)));

    /// <summary>Reads a tensor's bytes.</summary>
    /// <param name="entry">An entry of this file.</param>
    /// <param name="tensor">Contiguous, on the CPU, of the entry's shape and type.</param>
    private protected abstract void Fill(WeightEntry entry, torch.Tensor tensor);

    /// <summary>Closes the file.</summary>
    private protected abstract void Dispose(bool disposing);

    private static bool IsFloating(torch.ScalarType type) =>
        type is torch.ScalarType.Float16 or torch.ScalarType.BFloat16 or torch.ScalarType.Float32 or torch.ScalarType.Float64;

    /// <summary>Refuses a tensor that is needed, is there, and cannot be read.</summary>
    /// <exception cref="ModelFileException">It is one of <see cref="Unsupported"/>.</exception>
    internal void RequireSupported(string name)
    {
        if (Unsupported.TryGetValue(name, out string? type))
        {
            throw new ModelFileException(Path, name, $"its dtype {type} is not supported", SafetensorsHeader.Conversion);
        }
    }

    private WeightEntry Entry(string name)
    {
        RequireSupported(name);
        return Entries.TryGetValue(name, out var entry)
            ? entry
            : throw new ModelFileException(Path, name, "the file has no such tensor", "Use a file made for this purpose");
    }
}
