using SsMfar.Data;
using SsMfar.Losses;
using SsMfar.SemiSupervised;

namespace SsMfar.Tests.Training.Wiring;

/// <summary>
/// What recipes and variants mean, written down from the paper, its published code and docs/method.md, for a run of <see cref="WiringSet"/>
/// with <see cref="WhatIsBuiltTests.Small"/>. No number here is computed by the library.
/// </summary>
internal static class ExpectedRun
{
    private const string NoWeights = Entries.None;
    private const string PublishedOperations =
        "AutoContrast, Brightness 0.05..0.95, Color 0.05..0.95, Contrast 0.05..0.95, Equalize, Identity, Posterize 4..8, Rotate -30..30, "
        + "Sharpness 0.05..0.95, ShearX -0.3..0.3, ShearY -0.3..0.3, Solarize 0..256, TranslateX -0.3..0.3, TranslateY -0.3..0.3";

    // RandAugment(3, 9): 9 of 30 steps of each range.
    private const string TorchvisionOperations =
        "Identity, ShearX -0.09|0.09, ShearY -0.09|0.09, TranslateX -0.13595|0.13595, TranslateY -0.13595|0.13595, Rotate -9|9, "
        + "Brightness 0.73|1.27, Color 0.73|1.27, Contrast 0.73|1.27, Sharpness 0.73|1.27, Posterize 7..7, Solarize 178.5..178.5, "
        + "AutoContrast, Equalize";

    // One line an entry: paper, published, recommended.
    private static readonly (string Entry, string Paper, string Published, string Recommended)[] Recipes =
    [
        ("model.recipe", "paper", "published", "recommended"),
        ("features.dropout", "0.5", "0.5", "0.2"),
        ("features.l2", "yes", "yes", "no"),
        ("head.hidden", "16", "16", "128"),
        ("expression.lambda1", "0.5", "0.5", "1"),
        ("expression.lambda2", "1", "0.5", "1"),
        ("expression.lambda3", "0.1", "0.5", "0.1"),
        ("expression.lambda1WithoutUnlabelled", "none", "1", "none"),

        // N / n of 24 rows in classes of 8, 4, 2, 2, 4, 1, 1, 2; Recommended: the square root of an eighth of it.
        (
            "expression.classWeights",
            "3 6 12 12 6 24 24 12",
            "3 6 12 12 6 24 24 12",
            "0.61237 0.86603 1.2247 1.2247 0.86603 1.7321 1.7321 1.2247"),

        // Units in 1, 2, 3, 4, 6, 8, 12, 16, 18, 20, 21 and 22 of 24 rows: negatives / positives, N / (2 positives), the root of the first.
        (
            "action_units.positiveWeights",
            "23 11 7 5 3 2 1 0.5 0.33333 0.2 0.14286 0.090909",
            "12 6 4 3 2 1.5 1 0.75 0.66667 0.6 0.57143 0.54545",
            "4.7958 3.3166 2.6458 2.2361 1.7321 1.4142 1 0.70711 0.57735 0.44721 0.37796 0.30151"),
        ("policy.Beta", "0.95", "0.97", "0.97"),
        ("expression.pseudoLabelLimit", "none", "none", "0.5"),
        ("policy.Gamma", "2.7183", "2.7183", "2.7183"),
        ("policy.Floor", "none", "0.8", "0.8"),
        ("policy.Start", "0.8", "0.8", "0.8"),
        ("policy.FloorKind", "Common", "Common", "Common"),
        ("policy.Update", "ThisBatch", "EachEpoch", "EachEpoch"),
        ("policy.MissingClass", "KeepValue", "FallToFloor", "KeepValue"),
        ("policy.Comparison", "Greater", "GreaterOrEqual", "Greater"),
        ("statistics", "Joint", "WeakViews", "Joint"),
        ("average", "none", "none", "same"),
        ("average.steps", "none", "none", "all"),
        ("average.weights", "none", "none", "0.9 0.02"),
        ("adam", "Adam", "Adam", "AdamW"),
        ("adam.backbone", "0.001", "0.0005", "0.002"),
        ("adam.heads", "0.01", "0.0005", "0.002"),
        ("adam.course", "1 1 1", "1 1 1", "0.04 1 4E-06"),
        ("adam.beta1", "0.9 0.9 0.9", "0.9 0.9 0.9", "0.95 0.85 0.95"),
        ("decay.backbone.matrices", "0", "0", "0.05"),
        ("decay.heads.matrices", "0", "0", "0.05"),
    ];

    private static readonly (string Entry, string Value)[] Always =
    [
        ("backbone", "tiny"),
        ("head.inputs", "24"),
        ("head.expression", "mlp 8"),
        ("head.valence_arousal", "mlp 2"),
        ("head.action_units", "per-output-mlp 12"),
        ("expression.loss", nameof(CategoricalTaskLoss)),
        ("expression.smoothing", "0"),
        ("expression.pseudoLabelClassWeights", "yes"),
        ("expression.rampUp.WarmUpEpochs", "0"),
        ("expression.rampUp.Epochs", "0"),
        ("ownLosses.rampUp.WarmUpEpochs", "0"),
        ("ownLosses.rampUp.Epochs", "0"),
        ("warmUp", "0"),
        ("valence_arousal.loss", nameof(ValenceArousalLoss)),
        ("action_units.loss", nameof(ActionUnitLoss)),
        ("balancing", "sum"),
        ("policy", nameof(AdaptiveThresholdPolicy)),
        ("policies", "expression"),
        ("teacher", "model"),
        ("tf32", "no"),
        ("precision", "Full"),
        ("sampler", nameof(ShuffleSampler)),
        ("input", "32x32"),
        ("model.input", "32x32"),
        ("model.variant", "ss-mfar"),
        ("model.seed", "0"),
        ("mixup.Alpha", "none"),
        ("mixup.Share", "0.5"),
        ("counts.entries", "action_units 288 expression 24 valence_arousal 48"),
        ("counts.strong", "8"),
        ("counts.unlabelled", "action_units 96 expression 8 valence_arousal 8"),
        ("counts.microBatches", "2"),
        ("steps", "20"),
        ("steps.frozen", "0"),
        ("adam.beta2", "0.999"),
        ("adam.epsilon", "1E-08"),
        ("decay.backbone.others", "0"),
        ("decay.heads.others", "0"),
        ("clip", "none"),
    ];

    private static readonly (string Entry, string Value)[] Agreement =
    [
        ("agreement.expression.loss", nameof(CategoricalTaskLoss)),
        ("agreement.expression.smoothing", "0"),
        ("agreement.expression.pseudoLabelClassWeights", "yes"),
        ("agreement.expression.pseudoLabelLimit", "none"),
        ("agreement.expression.rampUp.WarmUpEpochs", "0"),
        ("agreement.expression.rampUp.Epochs", "0"),
        ("agreement.expression.lambda1", "1"),
        ("agreement.expression.lambda2", "0"),
        ("agreement.expression.lambda3", "0"),
        ("agreement.expression.lambda1WithoutUnlabelled", "none"),
        ("agreement.expression.weight", "1"),
        ("agreement.valence_arousal.loss", nameof(ValenceArousalLoss)),
        ("agreement.valence_arousal.weight", "1"),
        ("agreement.action_units.loss", nameof(ActionUnitLoss)),
        ("agreement.action_units.positiveWeights", NoWeights),
        ("agreement.action_units.weight", "1"),
    ];

    // Of our own variant, in every recipe: thresholds as in Recommended, and the averaged weights of it.
    private static readonly (string Entry, string Value)[] AllTasks =
    [
        ("policies", "action_units expression valence_arousal"),
        ("teacher", "average"),
        ("average", "same"),
        ("counts.unlabelled", "action_units 96 expression 8 valence_arousal 16"),
        ("units", nameof(UnitThresholdPolicy)),
        ("units.Beta", "0.97"),
        ("units.Gamma", "2.7183"),
        ("units.Floor", "0.8"),
        ("units.FloorKind", "Common"),
        ("units.Start", "0.8"),
        ("units.Update", "EachEpoch"),
        ("units.MissingClass", "KeepValue"),
        ("units.Comparison", "Greater"),
        ("affect", nameof(TeacherEstimatePolicy)),
        ("action_units.unlabelled.Unsupervised", "1"),
        ("action_units.unlabelled.Consistency", "0"),
        ("action_units.unlabelled.UsePositiveWeights", "no"),
        ("action_units.rampUp.WarmUpEpochs", "0"),
        ("action_units.rampUp.Epochs", "0"),
        ("valence_arousal.rampUp.WarmUpEpochs", "0"),
        ("valence_arousal.rampUp.Epochs", "0"),
        ("valence_arousal.unlabelled.Kind", "Concordance"),
        ("valence_arousal.unlabelled.Weight", "1"),
        ("valence_arousal.unlabelled.RampUpEpochs", "5"),
        ("valence_arousal.unlabelled.WeakViews", "no"),
    ];

    /// <summary>Makes every task learn from rows without its label, by averaged weights.</summary>
    public static void AddAllTasks(Entries expected)
    {
        foreach ((string entry, string value) in AllTasks)
        {
            expected[entry] = value;
        }
    }

    /// <summary>What a recipe means with <c>ss-mfar</c>.</summary>
    public static Entries Of(string recipe)
    {
        var expected = new Entries();
        foreach ((string entry, string value) in Always)
        {
            expected[entry] = value;
        }

        foreach ((string entry, string paper, string published, string recommended) in Recipes)
        {
            expected[entry] = recipe switch { "paper" => paper, "published" => published, _ => recommended };
        }

        AddViews(expected, recipe switch { "paper" => "Paper", "published" => "Published", _ => "Rich" });
        return expected;
    }

    /// <summary>What a recipe means with a row of Table 1.</summary>
    public static Entries Of(string recipe, string variant)
    {
        Entries expected = Of(recipe);
        expected["model.variant"] = variant;
        switch (variant)
        {
            case "mfar" or "mfar-rs":
                expected["expression.lambda1"] = "1";
                expected["expression.lambda2"] = expected["expression.lambda3"] = "0";
                expected["expression.lambda1WithoutUnlabelled"] = expected["expression.pseudoLabelLimit"] = "none";
                expected["counts.strong"] = "0";
                expected["counts.unlabelled"] = "action_units 0 expression 0 valence_arousal 0";
                expected["policies"] = "none";
                RemovePolicy(expected);
                break;
            case "ss-mfar-no-kl":
                expected["expression.lambda3"] = "0";
                break;
            case "ssp-mfar-sa":
                expected["counts.strong"] = "32";
                expected["counts.unlabelled"] = "action_units 96 expression 8 valence_arousal 16";
                expected["policies"] = "none";
                RemovePolicy(expected);
                foreach ((string entry, string value) in Agreement)
                {
                    expected[entry] = value;
                }

                expected["agreement.expression.classWeights"] = expected["expression.classWeights"];
                break;
            case "ss-mfar-all":
                AddAllTasks(expected);
                (expected["average.steps"], expected["average.weights"]) = ("all", "0.9 0.02");
                break;
            case "ss-mfar-50":
                expected["backbone"] = "resnet50";
                expected["head.inputs"] = "2048";
                break;
        }

        if (variant.EndsWith("-rs", StringComparison.Ordinal))
        {
            expected["expression.classWeights"] = NoWeights;
            expected["sampler"] = nameof(ClassBalancedSampler);
        }

        return expected;
    }

    /// <summary>Puts the views of a preset in.</summary>
    public static void AddViews(Entries expected, string preset)
    {
        expected.RemoveAll("view");
        string cropped = preset == "Paper" ? "1" : "0.5";
        (string Entry, string Value)[] weak = preset == "Rich"
            ?
            [
                ("weak", "RichWeakAugmentation"), ("weak.MinimumScale", "0.7"), ("weak.MaximumScale", "1"),
                ("weak.MinimumRatio", "0.9"), ("weak.MaximumRatio", "1.1"), ("weak.RotationProbability", "0.5"),
                ("weak.RotationDegrees", "12"), ("weak.Brightness", "0.3"), ("weak.Contrast", "0.3"), ("weak.Saturation", "0.2"),
                ("weak.GrayscaleProbability", "0.3"), ("weak.FlipProbability", "0.5"),
            ]
            : [("weak", "WeakAugmentation"), ("weak.CropProbability", cropped), ("weak.Padding", "8"), ("weak.FlipProbability", "0.5")];
        (string Entry, string Value)[] painted = preset == "Rich"
            ?
            [
                ("strong.Cutout", "none"), ("strong.RandomErasing.Probability", "0.5"),
                ("strong.RandomErasing.MinimumScale", "0.02"), ("strong.RandomErasing.MaximumScale", "0.33"),
                ("strong.RandomErasing.MinimumRatio", "0.3"), ("strong.RandomErasing.MaximumRatio", "3.3"),
                ("strong.RandomErasing.Fill", "123.68 116.28 103.53"),
            ]
            : [("strong.RandomErasing", "none"), ("strong.Cutout.MaximumSide", "0.5"), ("strong.Cutout.Fill", "125 123 114")];
        (string Entry, string Value)[] strong =
        [
            ("strong", "StrongAugmentation"), ("strong.Weak.CropProbability", cropped), ("strong.Weak.Padding", "8"),
            ("strong.Weak.FlipProbability", "0.5"), ("strong.RandAugment.Operations", "3"),
            ("strong.RandAugment.Space", preset == "Rich" ? "Torchvision" : "Published"),
            ("strong.RandAugment.Choices", preset == "Rich" ? TorchvisionOperations : PublishedOperations),
        ];
        foreach ((string entry, string value) in weak.Concat(strong).Concat(painted))
        {
            expected[$"view.{entry}"] = value;
        }
    }

    /// <summary>Without pseudo-labels there is no policy.</summary>
    public static void RemovePolicy(Entries expected)
    {
        expected.RemoveAll("policy");
        expected["policy"] = "none";
    }
}
