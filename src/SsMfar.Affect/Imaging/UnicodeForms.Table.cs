namespace SsMfar.Imaging;

internal static partial class UnicodeForms
{
    // Of each mark, the letters that have it and the letters without it, pair after pair: the canonical decompositions of the Unicode
    // Character Database in the basic plane, without Hangul, which is computed, and compatibility ideographs. Under U+0000: mere doubles.
    private static (char Mark, string Pairs)[] Marks =>
    [
        ('\u0000', "ʹʹ\u037E;\u0387\u00B7άάέέήήίίόόύύώώΆΆιιΈΈΉΉΐΐΊΊΰΰΎΎ\u1FEE\u0385\u1FEF`ΌΌΏΏ\u1FFD\u00B4\u2000\u2002"
            + "\u2001\u2003\u2126Ω\u212AK\u212BÅ\u2329\u3008\u232A\u3009"),
        ('\u0300', "ÀAÈEÌIÒOÙUàaèeìiòoùuǛÜǜüǸNǹnЀЕЍИѐеѝиḔĒḕēṐŌṑōẀWẁwẦÂầâẰĂằăỀÊềêỒÔồôỜƠờơỪƯừưỲYỳyἂἀἃἁἊἈἋἉἒἐἓἑἚἘἛἙἢἠἣἡἪἨἫἩἲἰἳἱἺἸἻἹ"
            + "ὂὀὃὁὊὈὋὉὒὐὓὑὛὙὢὠὣὡὪὨὫὩὰαὲεὴηὶιὸοὺυὼωᾺΑῈΕῊΗ\u1FCD\u1FBFῒϊῚΙ\u1FDD\u1FFEῢϋῪΥ\u1FED\u00A8ῸΟῺΩ"),
        ('\u0301', "ÁAÉEÍIÓOÚUÝYáaéeíióoúuýyĆCćcĹLĺlŃNńnŔRŕrŚSśsŹZźzǗÜǘüǴGǵgǺÅǻåǼÆǽæǾØǿø\u0385\u00A8ΆΑΈΕΉΗΊΙΌΟΎΥΏΩΐϊάαέεήηίιΰϋόο"
            + "ύυώωϓϒЃГЌКѓгќкḈÇḉçḖĒḗēḮÏḯïḰKḱkḾMḿmṌÕṍõṒŌṓōṔPṕpṸŨṹũẂWẃwẤÂấâẮĂắăẾÊếêỐÔốôỚƠớơỨƯứưἄἀἅἁἌἈἍἉἔἐἕἑἜἘἝἙἤἠἥἡἬἨἭἩἴἰἵἱἼἸ"
            + "ἽἹὄὀὅὁὌὈὍὉὔὐὕὑὝὙὤὠὥὡὬὨὭὩ\u1FCE\u1FBF\u1FDE\u1FFE"),
        ('\u0302', "ÂAÊEÎIÔOÛUâaêeîiôoûuĈCĉcĜGĝgĤHĥhĴJĵjŜSŝsŴWŵwŶYŷyẐZẑzẬẠậạỆẸệẹỘỌộọ"),
        ('\u0303', "ÃAÑNÕOãañnõoĨIĩiŨUũuṼVṽvẪÂẫâẴĂẵăẼEẽeỄÊễêỖÔỗôỠƠỡơỮƯữưỸYỹy"),
        ('\u0304', "ĀAāaĒEēeĪIīiŌOōoŪUūuǕÜǖüǞÄǟäǠȦǡȧǢÆǣæǬǪǭǫȪÖȫöȬÕȭõȰȮȱȯȲYȳyӢИӣиӮУӯуḠGḡgḸḶḹḷṜṚṝṛᾱαᾹΑῑιῙΙῡυῩΥ"),
        ('\u0306', "ĂAăaĔEĕeĞGğgĬIĭiŎOŏoŬUŭuЎУЙИйиўуӁЖӂжӐАӑаӖЕӗеḜȨḝȩẶẠặạᾰαᾸΑῐιῘΙῠυῨΥ"),
        ('\u0307', "ĊCċcĖEėeĠGġgİIŻZżzȦAȧaȮOȯoḂBḃbḊDḋdḞFḟfḢHḣhṀMṁmṄNṅnṖPṗpṘRṙrṠSṡsṤŚṥśṦŠṧšṨṢṩṣṪTṫtẆWẇwẊXẋxẎYẏyẛſ"),
        ('\u0308', "ÄAËEÏIÖOÜUäaëeïiöoüuÿyŸYΪΙΫΥϊιϋυϔϒЁЕЇІёеїіӒАӓаӚӘӛәӜЖӝжӞЗӟзӤИӥиӦОӧоӪӨӫөӬЭӭэӰУӱуӴЧӵчӸЫӹыḦHḧhṎÕṏõṺŪṻūẄWẅwẌXẍxẗt"),
        ('\u0309', "ẢAảaẨÂẩâẲĂẳăẺEẻeỂÊểêỈIỉiỎOỏoỔÔổôỞƠởơỦUủuỬƯửưỶYỷy"),
        ('\u030A', "ÅAåaŮUůuẘwẙy"),
        ('\u030B', "ŐOőoŰUűuӲУӳу"),
        ('\u030C', "ČCčcĎDďdĚEěeĽLľlŇNňnŘRřrŠSšsŤTťtŽZžzǍAǎaǏIǐiǑOǒoǓUǔuǙÜǚüǦGǧgǨKǩkǮƷǯʒǰjȞHȟh"),
        ('\u030F', "ȀAȁaȄEȅeȈIȉiȌOȍoȐRȑrȔUȕuѶѴѷѵ"),
        ('\u0311', "ȂAȃaȆEȇeȊIȋiȎOȏoȒRȓrȖUȗu"),
        ('\u0313', "ἀαἈΑἐεἘΕἠηἨΗἰιἸΙὀοὈΟὐυὠωὨΩῤρ"),
        ('\u0314', "ἁαἉΑἑεἙΕἡηἩΗἱιἹΙὁοὉΟὑυὙΥὡωὩΩῥρῬΡ"),
        ('\u031B', "ƠOơoƯUưu"),
        ('\u0323', "ḄBḅbḌDḍdḤHḥhḲKḳkḶLḷlṂMṃmṆNṇnṚRṛrṢSṣsṬTṭtṾVṿvẈWẉwẒZẓzẠAạaẸEẹeỊIịiỌOọoỢƠợơỤUụuỰƯựưỴYỵy"),
        ('\u0324', "ṲUṳu"),
        ('\u0325', "ḀAḁa"),
        ('\u0326', "ȘSșsȚTțt"),
        ('\u0327', "ÇCçcĢGģgĶKķkĻLļlŅNņnŖRŗrŞSşsŢTţtȨEȩeḐDḑdḨHḩh"),
        ('\u0328', "ĄAąaĘEęeĮIįiŲUųuǪOǫo"),
        ('\u032D', "ḒDḓdḘEḙeḼLḽlṊNṋnṰTṱtṶUṷu"),
        ('\u032E', "ḪHḫh"),
        ('\u0330', "ḚEḛeḬIḭiṴUṵu"),
        ('\u0331', "ḆBḇbḎDḏdḴKḵkḺLḻlṈNṉnṞRṟrṮTṯtẔZẕzẖh"),
        ('\u0338', "\u219A\u2190\u219B\u2192\u21AE\u2194\u21CD\u21D0\u21CE\u21D4\u21CF\u21D2\u2204\u2203\u2209\u2208\u220C\u220B"
            + "\u2224\u2223\u2226\u2225\u2241\u223C\u2244\u2243\u2247\u2245\u2249\u2248\u2260=\u2262\u2261\u226D\u224D"
            + "\u226E<\u226F>\u2270\u2264\u2271\u2265\u2274\u2272\u2275\u2273\u2278\u2276\u2279\u2277\u2280\u227A"
            + "\u2281\u227B\u2284\u2282\u2285\u2283\u2288\u2286\u2289\u2287\u22AC\u22A2\u22AD\u22A8\u22AE\u22A9\u22AF\u22AB"
            + "\u22E0\u227C\u22E1\u227D\u22E2\u2291\u22E3\u2292\u22EA\u22B2\u22EB\u22B3\u22EC\u22B4\u22ED\u22B5\u2ADC\u2ADD"),
        ('\u0342', "ἆἀἇἁἎἈἏἉἦἠἧἡἮἨἯἩἶἰἷἱἾἸἿἹὖὐὗὑὟὙὦὠὧὡὮὨὯὩᾶα\u1FC1\u00A8ῆη\u1FCF\u1FBFῖιῗϊ\u1FDF\u1FFEῦυῧϋῶω"),
        ('\u0345', "ᾀἀᾁἁᾂἂᾃἃᾄἄᾅἅᾆἆᾇἇᾈἈᾉἉᾊἊᾋἋᾌἌᾍἍᾎἎᾏἏᾐἠᾑἡᾒἢᾓἣᾔἤᾕἥᾖἦᾗἧᾘἨᾙἩᾚἪᾛἫᾜἬᾝἭᾞἮᾟἯᾠὠᾡὡᾢὢᾣὣᾤὤᾥὥᾦὦᾧὧᾨὨᾩὩᾪὪᾫὫᾬὬᾭὭᾮὮᾯὯᾲὰᾳαᾴάᾷᾶᾼΑῂὴ"
            + "ῃηῄήῇῆῌΗῲὼῳωῴώῷῶῼΩ"),
        ('\u05B4', "\uFB1D\u05D9"),
        ('\u05B7', "\uFB1F\u05F2\uFB2E\u05D0"),
        ('\u05B8', "\uFB2F\u05D0"),
        ('\u05B9', "\uFB4B\u05D5"),
        ('\u05BC', "\uFB30\u05D0\uFB31\u05D1\uFB32\u05D2\uFB33\u05D3\uFB34\u05D4\uFB35\u05D5\uFB36\u05D6\uFB38\u05D8\uFB39\u05D9"
            + "\uFB3A\u05DA\uFB3B\u05DB\uFB3C\u05DC\uFB3E\u05DE\uFB40\u05E0\uFB41\u05E1\uFB43\u05E3\uFB44\u05E4\uFB46\u05E6"
            + "\uFB47\u05E7\uFB48\u05E8\uFB49\u05E9\uFB4A\u05EA"),
        ('\u05BF', "\uFB4C\u05D1\uFB4D\u05DB\uFB4E\u05E4"),
        ('\u05C1', "\uFB2A\u05E9\uFB2C\uFB49"),
        ('\u05C2', "\uFB2B\u05E9\uFB2D\uFB49"),
        ('\u0653', "\u0622\u0627"),
        ('\u0654', "\u0623\u0627\u0624\u0648\u0626\u064A\u06C0\u06D5\u06C2\u06C1\u06D3\u06D2"),
        ('\u0655', "\u0625\u0627"),
        ('\u093C', "ऩनऱरऴळक़कख़खग़गज़जड़डढ़ढफ़फय़य"),
        ('\u09BC', "ড়ডঢ়ঢয়য"),
        ('\u09BE', "\u09CB\u09C7"),
        ('\u09D7', "\u09CC\u09C7"),
        ('\u0A3C', "ਲ਼ਲਸ਼ਸਖ਼ਖਗ਼ਗਜ਼ਜਫ਼ਫ"),
        ('\u0B3C', "ଡ଼ଡଢ଼ଢ"),
        ('\u0B3E', "\u0B4B\u0B47"),
        ('\u0B56', "\u0B48\u0B47"),
        ('\u0B57', "\u0B4C\u0B47"),
        ('\u0BBE', "\u0BCA\u0BC6\u0BCB\u0BC7"),
        ('\u0BD7', "ஔஒ\u0BCC\u0BC6"),
        ('\u0C56', "\u0C48\u0C46"),
        ('\u0CC2', "\u0CCA\u0CC6"),
        ('\u0CD5', "\u0CC0\u0CBF\u0CC7\u0CC6\u0CCB\u0CCA"),
        ('\u0CD6', "\u0CC8\u0CC6"),
        ('\u0D3E', "\u0D4A\u0D46\u0D4B\u0D47"),
        ('\u0D57', "\u0D4C\u0D46"),
        ('\u0DCA', "\u0DDA\u0DD9\u0DDD\u0DDC"),
        ('\u0DCF', "\u0DDC\u0DD9"),
        ('\u0DDF', "\u0DDE\u0DD9"),
        ('\u0F72', "\u0F73\u0F71"),
        ('\u0F74', "\u0F75\u0F71"),
        ('\u0F80', "\u0F76\u0FB2\u0F78\u0FB3\u0F81\u0F71"),
        ('\u0FB5', "ཀྵཀ\u0FB9\u0F90"),
        ('\u0FB7', "གྷགཌྷཌདྷདབྷབཛྷཛ\u0F93\u0F92\u0F9D\u0F9C\u0FA2\u0FA1\u0FA7\u0FA6\u0FAC\u0FAB"),
        ('\u102E', "ဦဥ"),
        ('\u1B35', "ᬆᬅᬈᬇᬊᬉᬌᬋᬎᬍᬒᬑ\u1B3B\u1B3A\u1B3D\u1B3C\u1B40\u1B3E\u1B41\u1B3F\u1B43\u1B42"),
        ('\u3099', "\u304C\u304B\u304E\u304D\u3050\u304F\u3052\u3051\u3054\u3053\u3056\u3055\u3058\u3057\u305A\u3059\u305C\u305B"
            + "\u305E\u305D\u3060\u305F\u3062\u3061\u3065\u3064\u3067\u3066\u3069\u3068\u3070\u306F\u3073\u3072\u3076\u3075"
            + "\u3079\u3078\u307C\u307B\u3094\u3046\u309E\u309D\u30AC\u30AB\u30AE\u30AD\u30B0\u30AF\u30B2\u30B1\u30B4\u30B3"
            + "\u30B6\u30B5\u30B8\u30B7\u30BA\u30B9\u30BC\u30BB\u30BE\u30BD\u30C0\u30BF\u30C2\u30C1\u30C5\u30C4\u30C7\u30C6"
            + "\u30C9\u30C8\u30D0\u30CF\u30D3\u30D2\u30D6\u30D5\u30D9\u30D8\u30DC\u30DB\u30F4\u30A6\u30F7\u30EF\u30F8\u30F0"
            + "\u30F9\u30F1\u30FA\u30F2\u30FE\u30FD"),
        ('\u309A', "\u3071\u306F\u3074\u3072\u3077\u3075\u307A\u3078\u307D\u307B\u30D1\u30CF\u30D4\u30D2\u30D7\u30D5\u30DA\u30D8"
            + "\u30DD\u30DB"),
    ];
}
