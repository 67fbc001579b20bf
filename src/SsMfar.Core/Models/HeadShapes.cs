using SsMfar.Metadata;
using SsMfar.Weights;

namespace SsMfar.Models;

/// <summary>
/// Compares what a file says about its built-in heads with the weights it has, before memory is taken for sizes that nobody vouches for.
/// </summary>
internal static class HeadShapes
{
    /// <summary>Checks every built-in head of a model file.</summary>
    /// <exception cref="ModelFileException">A head's sizes are not those of its weights.</exception>
    public static void Check(SafetensorsReader reader, ModelArchitecture architecture, ModelParts parts)
    {
        if (architecture.Heads.IsDefaultOrEmpty || architecture.Heads.Any(head => head is null))
        {
            throw new ModelFileException(
                reader.Path,
                "architecture",
                "it has no head, or an empty one",
                "Save or download the file again");
        }

        foreach (TaskHeadDescription described in architecture.Heads)
        {
            if (parts.IsBuiltInHead(described.Head.Kind))
            {
                Check(reader, described.Task, described.Head);
            }
        }
    }

    /// <summary>Checks that all heads of a model give as many outputs as their tasks' decoders read.</summary>
    /// <exception cref="ArgumentException">One does not; the message names it.</exception>
    public static void CheckOutputs(MultiTaskModel model, ModelMetadata metadata)
    {
        foreach (string task in model.TaskNames)
        {
            metadata.ValidateOutputs(task, model.Head(task).OutputWidth);
        }
    }

    /// <summary>Checks that all heads give as many outputs as their tasks' decoders read, of those that are registered.</summary>
    /// <exception cref="ArgumentException">One does not; the message names it.</exception>
    /// <exception cref="FormatException">A decoder's setting is missing or malformed.</exception>
    public static void CheckOutputs(MultiTaskModel model, ModelMetadata metadata, TaskDecoders decoders)
    {
        foreach (string task in model.TaskNames)
        {
            if (metadata.Decoders.GetValueOrDefault(task) is not { } description)
            {
                continue;
            }

            try
            {
                CheckOutputs(model, task, decoders.Create(description));
            }
            catch (UnknownPartException)
            {
                // Who predicts needs it; a model is loaded for other ends too.
            }
        }
    }

    /// <summary>Checks that a task's head gives as many outputs as a decoder of any kind reads, where that says so.</summary>
    /// <exception cref="ArgumentException">It does not.</exception>
    public static void CheckOutputs(MultiTaskModel model, string task, ITaskDecoder decoder)
    {
        int given = model.Head(task).OutputWidth;
        if (decoder.OutputCount is { } read && read != given)
        {
            throw new ArgumentException(FormattableString.Invariant(
                $"The head of task '{task}' gives {given} outputs, but its decoder {decoder.Description.Kind} reads {read}."));
        }
    }

    /// <summary>Checks that built-in heads give as many outputs as their tasks' decoders read.</summary>
    /// <exception cref="ArgumentException">One does not; the message names it.</exception>
    /// <exception cref="FormatException">A head's setting is missing or malformed.</exception>
    public static void CheckOutputs(ModelArchitecture architecture, ModelMetadata metadata, ModelParts parts)
    {
        foreach (TaskHeadDescription described in architecture.Heads)
        {
            if (parts.IsBuiltInHead(described.Head.Kind))
            {
                metadata.ValidateOutputs(described.Task, described.Head.Number("outputs"));
            }
        }
    }

    /// <summary>Checks that built-in heads take as many features as the backbone gives.</summary>
    /// <exception cref="FormatException">One does not; the message names it.</exception>
    public static void CheckInputs(MultiTaskModel model, ModelParts parts)
    {
        (string kind, int width) = (model.Backbone.Description.Kind, model.Backbone.FeatureWidth);
        foreach (string task in model.TaskNames)
        {
            PartDescription head = model.Head(task).Description;
            int inputs = parts.IsBuiltInHead(head.Kind) ? head.Number("inputs") : width;
            if (inputs != width)
            {
                throw new FormatException(
                    FormattableString.Invariant($"The head of task '{task}' takes {inputs} features, but {kind} gives {width}."));
            }
        }
    }

    private static void Check(SafetensorsReader reader, string task, PartDescription head)
    {
        try
        {
            long inputs = head.Number("inputs");
            long outputs = head.Number("outputs");
            long hidden = head.Kind == LinearHead.Kind ? inputs : head.Number("hidden");
            if (head.Kind == OrdinalMlpHead.Kind)
            {
                // Of the outputs, each label has as many as steps.
                long steps = head.Number("steps");
                outputs = steps >= 1 && outputs % steps == 0
                    ? outputs / steps
                    : throw new FormatException($"Its {outputs} outputs are no multiple of its {steps} steps.");
                Compare(reader, $"heads.{task}.biases", head.Number("outputs"));
            }

            if (head.Kind != LinearHead.Kind)
            {
                long rows = head.Kind is PerOutputMlpHead.Kind or OrdinalMlpHead.Kind ? hidden * outputs : hidden;
                Compare(reader, $"heads.{task}.hidden.weight", rows, inputs);
            }

            Compare(reader, $"heads.{task}.output.weight", outputs, hidden);
        }
        catch (FormatException e)
        {
            throw new ModelFileException(
                reader.Path, "architecture", $"the head of task '{task}' is wrong: {e.Message.TrimEnd('.')}", "Save or download the " +
                    "file again", e);
        }
    }

    private static void Compare(SafetensorsReader reader, string key, params ReadOnlySpan<long> shape)
    {
        reader.RequireSupported(key);
        if (!reader.Entries.TryGetValue(key, out var entry))
        {
            throw new ModelFileException(reader.Path, key, "the file lacks this tensor", "Save or download the file again");
        }

        if (!shape.SequenceEqual([.. entry.Shape]))
        {
            throw new ModelFileException(
                reader.Path, key,
                $"its shape is [{string.Join(", ", entry.Shape)}], but the file's architecture says [{string.Join(", ", shape.ToArray())}]",
                "Save or download the file again");
        }
    }
}
