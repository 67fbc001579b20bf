using System.Collections.Immutable;
using SsMfar.Data;
using SsMfar.Metadata;

namespace SsMfar.Training;

/// <summary>What training keeps with a model beside what a predictor needs.</summary>
internal static class ModelNotes
{
    public static ImmutableSortedDictionary<string, string> Of(TrainerConfiguration configuration, TrainingParts parts)
    {
        var notes = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        if (configuration.Pretrained is { } pretrained)
        {
            notes.Add("started-from", Path.GetFileName(pretrained.Path));
        }

        // The head has both outputs all the same.
        AnnotationStatistics labels = parts.Training.Annotations.Statistics;
        if (parts.Tasks.Any(task => task.Name == AffectTaskNames.ValenceArousal) && labels.KnownValence == 0 != (labels.KnownArousal == 0))
        {
            notes.Add(ModelMetadata.NotLearned, labels.KnownValence == 0 ? "valence" : "arousal");
        }

        return notes.ToImmutable();
    }
}
