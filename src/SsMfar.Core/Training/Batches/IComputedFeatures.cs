using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Models;

namespace SsMfar.Training;

/// <summary>How the views of an image lie in a table of features, after the image itself and its mirror image.</summary>
/// <param name="Weak">Augmented weak views.</param>
/// <param name="Strong">Strong views.</param>
internal readonly record struct FeatureLayout(int Weak, int Strong);

/// <summary>Features of rows that were computed before, as a fit sees them.</summary>
internal interface IComputedFeatures
{
    /// <summary>Gets the rows and their labels.</summary>
    AnnotationSet Annotations { get; }

    /// <summary>Gets the number of rows.</summary>
    int Count { get; }

    /// <summary>Gets the name of the file of pretrained weights that their backbone is of; null where there was none.</summary>
    string? StartedFrom { get; }

    /// <summary>Gets what the augmented views follow from, beside the images themselves.</summary>
    string DrawnFrom { get; }

    /// <summary>Whether others are of the same images, by the same backbone.</summary>
    bool IsOfSameImages(IComputedFeatures other);

    /// <summary>Refuses a model to start from whose backbone is not the one that the features are of.</summary>
    /// <param name="model">The run's, with what was taken of the model to start from.</param>
    /// <param name="path">The file of the model to start from.</param>
    /// <exception cref="TrainingConfigurationException">It is another.</exception>
    void RequireStart(MultiTaskModel model, string path);

    /// <summary>Gives a model the backbone that the features are of.</summary>
    /// <exception cref="TrainingConfigurationException">It is made for another one.</exception>
    void GiveBackbone(MultiTaskModel model, ImagePreprocessing input);

    /// <summary>The features, for a run with this model.</summary>
    /// <param name="model">The run's.</param>
    /// <param name="wanted">The views that are drawn from; null where the image as it is is all that is asked for.</param>
    /// <exception cref="TrainingConfigurationException">Views that are wanted are not there, or the backbone has other weights.</exception>
    FeatureTable TableFor(MultiTaskModel model, FeatureLayout? wanted);
}
