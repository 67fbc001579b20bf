using System.Globalization;
using System.Text.Json;
using SsMfar.Models;
using SsMfar.SemiSupervised;
using SsMfar.Shared;
using SsMfar.Weights;
using TorchSharp;

namespace SsMfar.Training;

/// <summary>
/// The whole state of a run in one safetensors file, replaced at once: weights and buffers, their average, the optimizer's moments, the
/// policies, the tasks' balancing, and as text the position and what the run was started with.
/// </summary>
internal sealed class Checkpoint(string path)
{
    private const string PositionKey = "position";
    private const string RunKey = "run";
    private const string HeadStepsKey = "optimizer_steps";
    private const string BackboneStepsKey = "optimizer_backbone_steps";
    private const string ModelPrefix = "model.";
    private const string AveragePrefix = "average.";
    private const string OptimizerPrefix = "optimizer.";
    private const string PolicyPrefix = "policy.";
    private const string BalancingPrefix = "balancing.";

    private static readonly FormatStamp Stamp = new(
        "ssmfar-checkpoint", 1, "checkpoint of this library", "Choose another folder, or the one the run was started with");

    public string Path { get; } = path;

    public bool Exists => File.Exists(Path);

    /// <summary>Replaces the checkpoint.</summary>
    /// <param name="state">What is kept.</param>
    /// <param name="position">Where the run is.</param>
    /// <param name="run">What it was started with.</param>
    /// <param name="prove">Whether to read the file back before it takes the older one's place.</param>
    public void Save(TrainingState state, TrainingPosition position, RunDescription run, bool prove = false)
    {
        var tensors = new List<KeyValuePair<string, torch.Tensor>>();
        void Add(string prefix, IEnumerable<KeyValuePair<string, torch.Tensor>> named) =>
            tensors.AddRange(named.Select(entry => KeyValuePair.Create(prefix + entry.Key, entry.Value)));

        Add(ModelPrefix, state.Model.state_dict());
        Add(AveragePrefix, state.AveragedModel?.state_dict() ?? []);
        Add(OptimizerPrefix, state.Optimizer.State());
        Add(BalancingPrefix, state.Balancing?.state_dict() ?? []);
        foreach ((string task, IPseudoLabelPolicy policy) in state.Policies)
        {
            Add(PrefixOf(task), policy.SaveState());
        }

        Dictionary<string, string> texts = new(Stamp.ToEntries())
        {
            [PositionKey] = JsonSerializer.Serialize(position, TrainingJson.Options),
            [RunKey] = JsonSerializer.Serialize(run, TrainingJson.Options),
            [HeadStepsKey] = state.Optimizer.StepsTaken.Heads.ToString(CultureInfo.InvariantCulture),
            [BackboneStepsKey] = state.Optimizer.StepsTaken.Backbone.ToString(CultureInfo.InvariantCulture),
        };
        if (prove)
        {
            ProvenFile.Write(Path, tensors, texts, reader => ReadHead(reader, run));
        }
        else
        {
            SafetensorsWriter.Write(Path, tensors, texts);
        }
    }

    /// <summary>The format that the run was started in; null where the file does not say, which <see cref="Load"/> tells about.</summary>
    public ComputePrecision? StartedIn()
    {
        try
        {
            using SafetensorsReader reader = SafetensorsReader.Open(Path);
            return reader.Metadata.TryGetValue(RunKey, out string? text) &&
                JsonSerializer.Deserialize<RunDescription>(text, TrainingJson.Options) is { Entries: not null } run &&
                Enum.TryParse(run.Entries.GetValueOrDefault(RunDescription.PrecisionName), out ComputePrecision precision)
                ? precision
                : null;
        }
        catch (Exception exception) when (exception is ModelFileException or JsonException)
        {
            return null;
        }
    }

    /// <exception cref="CheckpointException">The file is no checkpoint, is newer, or belongs to another run.</exception>
    /// <exception cref="ModelFileException">The file is damaged.</exception>
    public TrainingPosition Load(TrainingState state, RunDescription run)
    {
        using SafetensorsReader reader = SafetensorsReader.Open(Path);
        TrainingPosition position = ReadHead(reader, run);
        ReadInto(reader, ModelPrefix, state.Model.state_dict());
        ReadInto(reader, AveragePrefix, state.AveragedModel?.state_dict() ?? []);
        ReadInto(reader, BalancingPrefix, state.Balancing?.state_dict() ?? []);
        state.Optimizer.Load(
            (name, moment) => reader.ReadInto(OptimizerPrefix + name, moment),
            StepsOf(reader));
        foreach ((string task, IPseudoLabelPolicy policy) in state.Policies)
        {
            LoadPolicy(reader, PrefixOf(task), policy);
        }

        return position;
    }

    private AdamSteps StepsOf(SafetensorsReader reader)
    {
        return new(Steps(BackboneStepsKey), Steps(HeadStepsKey));

        long Steps(string key) =>
            reader.Metadata.TryGetValue(key, out string? text)
            && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long steps)
                ? steps : throw Damaged($"'{key}' is '{text}', and no number of steps");
    }

    // The names of tasks have no dot, so that none begins with another's prefix.
    private static string PrefixOf(string task) => $"{PolicyPrefix}{task}.";

    private void LoadPolicy(SafetensorsReader reader, string prefix, IPseudoLabelPolicy policy)
    {
        var saved = reader.Keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal))
            .ToDictionary(key => key[prefix.Length..], reader.Read, StringComparer.Ordinal);
        try
        {
            policy.LoadState(saved);
        }
        catch (ArgumentException exception)
        {
            throw new CheckpointException(
                $"{Path}: {exception.Message}",
                "Resume with what the run was started with, or start a new one in another folder.",
                exception);
        }
        finally
        {
            foreach (torch.Tensor tensor in saved.Values)
            {
                tensor.Dispose();
            }
        }
    }

    private static void ReadInto(SafetensorsReader reader, string prefix, Dictionary<string, torch.Tensor> state)
    {
        using var noGradient = torch.no_grad();
        foreach ((string name, torch.Tensor tensor) in state)
        {
            reader.ReadInto(prefix + name, tensor);
        }
    }

    private TrainingPosition ReadHead(SafetensorsReader reader, RunDescription run)
    {
        if (Stamp.FaultOf(reader.Metadata) is { } fault)
        {
            throw new CheckpointException($"{Path}: {fault.Problem}.", $"{fault.Remedy}.");
        }

        try
        {
            RunDescription? was = JsonSerializer.Deserialize<RunDescription>(reader.Metadata[RunKey], TrainingJson.Options);
            TrainingPosition? position =
                JsonSerializer.Deserialize<TrainingPosition>(reader.Metadata[PositionKey], TrainingJson.Options);
            if (was?.Entries is null || position?.IsPossible != true)
            {
                throw Damaged("it has no run or no position that could be one");
            }

            string[] differences = [.. was.Differences(run)];
            return differences.Length == 0 ? position
                : LongerRun.From(Path, position, was, run) is { } longer ? longer
                : throw new CheckpointException(
                    $"{Path}: the run was started differently: {string.Join("; ", differences)}.",
                    "Resume with what it was started with, or start a new one in another folder.");
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException)
        {
            throw Damaged(exception.Message, exception);
        }
    }

    private CheckpointException Damaged(string what, Exception? cause = null) => new(
        $"{Path}: the checkpoint's description is damaged ({what.TrimEnd('.')}).", "Start a new run in another folder.", cause);
}
