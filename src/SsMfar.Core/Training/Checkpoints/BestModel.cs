using SsMfar.Distributed;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Runtime;
using SsMfar.Weights;
using TorchSharp;

namespace SsMfar.Training;

/// <summary>
/// The weights of the best epoch so far, copied to the host, and beside a checkpoint also written as a model file of that epoch's own
/// name: written before the checkpoint that names it, and removed after a later checkpoint names another.
/// </summary>
internal sealed class BestModel(string? folder) : IDisposable
{
    /// <summary>The names of such files.</summary>
    public const string Pattern = "best-*.safetensors";

    private Dictionary<string, torch.Tensor> _state = [];

    /// <summary>Gets the weights by name; empty before the first epoch ended.</summary>
    public IReadOnlyDictionary<string, torch.Tensor> State => _state;

    public void Keep(MultiTaskModel model, int epoch, ModelMetadata metadata)
    {
        Release();
        using var noGradient = torch.no_grad();
        foreach ((string name, torch.Tensor tensor) in model.state_dict())
        {
            using torch.Tensor host = Transfers.ToHost(tensor);
            _state[name] = host.clone().DetachFromDisposeScope();
        }

        if (FileOf(epoch) is { } file)
        {
            ModelFile.Save(file, model.Architecture, _state, metadata);
        }
    }

    /// <summary>Takes the weights of an earlier process over.</summary>
    public void Load(int epoch)
    {
        Release();
        if (epoch > 0 && FileOf(epoch) is { } file)
        {
            using SafetensorsReader reader = SafetensorsReader.Open(file);
            _state = reader.Keys.ToDictionary(key => key, key => reader.Read(key).DetachFromDisposeScope(), StringComparer.Ordinal);
        }
    }

    /// <summary>Takes over what rank 0 has.</summary>
    /// <param name="group">The ranks.</param>
    /// <param name="model">Whose weights they are, for their shapes.</param>
    public void Share(IProcessGroup group, MultiTaskModel model)
    {
        using var noGradient = torch.no_grad();
        foreach ((string name, torch.Tensor tensor) in model.state_dict())
        {
            torch.Tensor kept = _state.TryGetValue(name, out torch.Tensor? had)
                ? had
                : torch.empty(tensor.shape, tensor.dtype, torch.CPU).DetachFromDisposeScope();
            group.FromFirst(kept);
            _state[name] = kept;
        }
    }

    /// <summary>Removes the files of other epochs.</summary>
    public void RemoveOthers(int epoch)
    {
        if (folder is null)
        {
            return;
        }

        foreach (string file in Directory.EnumerateFiles(folder, Pattern))
        {
            if (file != FileOf(epoch) && IsOwn(Path.GetFileName(file)))
            {
                File.Delete(file);
            }
        }
    }

    public void Dispose() => Release();

    private string? FileOf(int epoch) =>
        folder is null ? null : Path.Combine(folder, FormattableString.Invariant($"best-{epoch:00000}.safetensors"));

    // A best-model.safetensors is somebody else's.
    private static bool IsOwn(string name) => name["best-".Length..^".safetensors".Length] is { Length: >= 5 } epoch &&
        epoch.All(char.IsAsciiDigit);

    private void Release()
    {
        foreach (torch.Tensor tensor in _state.Values)
        {
            tensor.Dispose();
        }

        _state = [];
    }
}
