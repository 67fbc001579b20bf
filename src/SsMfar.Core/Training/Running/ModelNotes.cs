using System.Collections.Immutable;
using SsMfar.Metadata;

namespace SsMfar.Training;

/// <summary>What training keeps with a model beside what a predictor needs.</summary>
internal static class ModelNotes
{
    /// <summary>The note of the file of pretrained weights.</summary>
    public const string StartedFrom = "started-from";

    public static ImmutableSortedDictionary<string, string> Of(TrainerConfiguration configuration, TrainingParts parts)
    {
        var notes = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);

        // Heads on features have the features' backbone.
        string? startedFrom = parts.Training.Features is { } features ? features.StartedFrom
            : configuration.Pretrained is { } pretrained ? Path.GetFileName(pretrained.Path)
            : null;
        if (startedFrom is not null)
        {
            notes.Add(StartedFrom, startedFrom);
        }

        if (UnlearnedHalf.Of(parts.Tasks, parts.Training.Annotations) is { } half)
        {
            notes.Add(ModelMetadata.NotLearned, UnlearnedHalf.NameOf(half));
        }

        return notes.ToImmutable();
    }
}
