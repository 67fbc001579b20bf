using System.ComponentModel.DataAnnotations;

namespace SsMfar.Training;

/// <summary>
/// Training of the heads alone, on features that the backbone computed once. Every image is decoded once and goes through the backbone as
/// often as it has views: the image as it is, its mirror image, and as many augmented ones as are asked for. The pooled features of all
/// views are kept as float32, 4 x views x features bytes a row, and steps draw from them. The backbone stays as it started: in evaluation
/// mode, its batch norms with the statistics that its weights came with. The result is a whole model that predicts images.
/// </summary>
public sealed class FrozenFeatureOptions
{
    /// <summary>
    /// Gets or sets whether the backbone is frozen for the whole run and only the heads are trained, on its features. Unlike
    /// <see cref="OptimizerOptions.FrozenBackboneEpochs"/>, which computes the features of each step's views anew.
    /// <see cref="TrainingOptions.UseFrozenFeatures"/> sets it together with the epochs and the learning rate that go with it.
    /// </summary>
    public bool Enabled { get; set; }

    /// <summary>
    /// Gets or sets how many views of each training image are augmented as <see cref="TrainingOptions.Views"/> says of weak views, beside
    /// the image and its mirror image, 0 to 64. A step draws the weak view of a row from all of these, each as often.
    /// </summary>
    [Range(0, 64)]
    public int WeakViews { get; set; } = 2;

    /// <summary>
    /// Gets or sets how many views of each training image are augmented as <see cref="TrainingOptions.Views"/> says of strong views, 0 to
    /// 64. A step draws the strong view of a row from these; where there are none, it is the image's mirror image, or the image where
    /// the weak view is that. Unused where nothing is learned from strong views, and not computed then.
    /// </summary>
    [Range(0, 64)]
    public int StrongViews { get; set; } = 2;

    /// <summary>
    /// Gets or sets the probability with which a feature of a strong view is zeroed, in [0, 0.95], the others being scaled up as by
    /// dropout; beside the dropout of <see cref="HeadOptions.Dropout"/>, which every view has.
    /// </summary>
    [Range(0.0, 0.95)]
    public double StrongDropout { get; set; } = 0.2;

    /// <summary>How many views of a training image are kept.</summary>
    internal int ViewsWith(SemiSupervisionMode mode) => 2 + WeakViews + (mode == SemiSupervisionMode.None ? 0 : StrongViews);
}
