using System.Collections.Immutable;

namespace SsMfar.Metadata;

/// <summary>
/// Whether what a model's metadata say of its outputs and what their decoders say is the same, so that no output gets two names.
/// </summary>
internal static class DecoderAgreement
{
    /// <exception cref="ArgumentException">A built-in decoder cannot be made, or contradicts the metadata.</exception>
    public static void Check(ModelMetadata metadata)
    {
        foreach ((string task, PartDescription description) in metadata.Decoders)
        {
            switch (Create(task, description))
            {
                case ExpressionDecoder decoder when task == AffectTaskNames.Expression:
                    RequireSame("expression classes", metadata.ExpressionClasses, "decoder's", decoder.Classes.Names);
                    break;
                case ActionUnitDecoder decoder when task == AffectTaskNames.ActionUnits:
                    RequireSame("action units", metadata.ActionUnits, "decoder's", decoder.Units.Names);
                    break;
            }
        }
    }

    /// <summary>Checks that a head gives as many outputs as the task's decoder reads.</summary>
    /// <exception cref="ArgumentException">It does not.</exception>
    public static void CheckWidth(ModelMetadata metadata, string task, int outputs)
    {
        if (metadata.Decoders.TryGetValue(task, out PartDescription? description) && Create(task, description)?.OutputCount is { } read
            && read != outputs)
        {
            throw new ArgumentException(FormattableString.Invariant(
                $"The head of task '{task}' gives {outputs} outputs, but its decoder {description.Kind} reads {read}."));
        }
    }

    // Null for a custom kind, of which nothing is known here.
    private static ITaskDecoder? Create(string task, PartDescription description)
    {
        if (!TaskDecoders.BuiltIn.Kinds.Contains(description.Kind, StringComparer.Ordinal))
        {
            return null;
        }

        try
        {
            return TaskDecoders.BuiltIn.Create(description);
        }
        catch (Exception fault) when (fault is FormatException or ArgumentException or OverflowException)
        {
            throw new ArgumentException($"The decoder of task '{task}' cannot be made: {fault.Message}", fault);
        }
    }

    private static void RequireSame(string what, ImmutableArray<string> said, string whose, IReadOnlyList<string> decoded)
    {
        if (!said.SequenceEqual(decoded, StringComparer.Ordinal))
        {
            string names = said.IsEmpty ? "are none" : $"are '{string.Join("', '", said)}'";
            throw new ArgumentException($"The {what} {names}, but the {whose} are '{string.Join("', '", decoded)}'.");
        }
    }
}
